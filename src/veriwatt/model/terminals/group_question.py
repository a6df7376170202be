"""A terminal's question for a version of one of its groups, signed by its key: the answer is for the terminal alone.

    group question payload = [2, chain, org, terminal, group, n, root log size, root log leaf]

It is a COSE_Sign1. Size and leaf are those of the newest root-log head that was proven to the terminal.
Spec: docs/spec/terminal-questions.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.crypto.signing import PublicKey, Signer
from veriwatt.encoding import FORMAT, Fields, Sign1, Value, decode, encode, parse_sign1
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.terminals.signed_record import sign_record, verify_record

QUESTION_TYPE = "veriwatt/group-question"
MAX_GROUP_QUESTION = 1 << 10
"""Bytes: the names have at most 64 each."""

MAX_VERSION = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class GroupQuestion:
    """The question for version `n` of a group, asked after leaf `root_log_size` - 1 of the root log was made."""

    chain: str
    org: str
    terminal: str
    group: str
    n: int
    root_log_size: int
    root_log_leaf: Digest

    def sign(self, signer: Signer) -> bytes:
        """The bytes of the question, signed by the terminal's key."""
        place: list[Value] = [self.root_log_size, self.root_log_leaf]
        payload = encode([FORMAT, self.chain, self.org, self.terminal, self.group, self.n, *place])
        return sign_record(signer, QUESTION_TYPE, payload)


@dataclass(frozen=True, slots=True)
class SignedGroupQuestion:
    """A parsed question; its signature is not yet verified."""

    question: GroupQuestion
    envelope: Sign1

    def check_signed_by(self, key: PublicKey) -> None:
        """Raises Malformed or BadSignature unless `key` signed the question."""
        what = f"the question of terminal {self.question.org}/{self.question.terminal}"
        verify_record(self.envelope, QUESTION_TYPE, key, what)


def parse_group_question(raw: bytes) -> SignedGroupQuestion:
    """Parse a question; raises Malformed unless it is one in canonical form."""
    if len(raw) > MAX_GROUP_QUESTION:
        raise Malformed(f"a group question has at most {MAX_GROUP_QUESTION} bytes, this one has {len(raw)}")
    envelope = parse_sign1(raw, "group question")
    f = Fields.versioned(decode(envelope.payload, "group question"), "group question", 8)
    chain, org, terminal, group = f.text("chain", 50), f.name("org"), f.name("terminal"), f.name("group")
    n, size, leaf = f.uint("n", MAX_VERSION), f.uint("root log size"), f.digest("root log leaf", Digest)
    return SignedGroupQuestion(GroupQuestion(chain, org, terminal, group, n, size, leaf), envelope)
