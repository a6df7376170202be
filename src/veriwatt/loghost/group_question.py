"""A log host's answer to a terminal that asks for a version of one of its groups.

Definitions of points are for the terminal that reads them, and for nobody else. Steps, with the numbers of
docs/spec/terminal-questions.md, "Who may ask":

 1. terminal   the question is signed by the key of an enrolled terminal
 2. ledger     it is for this ledger
 3. standing   the terminal is not revoked
 4. recent     it names one of the newest leaves of the root log
 5. group      a version of the group has a point that names the terminal
"""

from __future__ import annotations

from typing import Self

from veriwatt.errors import NotFound, Refused
from veriwatt.loghost.chain_proofs import prove_group_version
from veriwatt.machine.terminals import queries
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.model.terminals.group_question import GroupQuestion, parse_group_question
from veriwatt.model.terminals.version_proof import VersionProof
from veriwatt.ports.ledger import Ledger, Snapshot
from veriwatt.verify.frame_refusals import WrongLedger

RECENT_LEAVES = 1_024
"""A question names one of so many newest leaves: a recorded one is soon worth nothing, and asks no clock."""


class QuestionRefused(Refused):
    """A terminal asks for a group whose definitions are not for it, or not any more, or by a question of long ago."""

    code = "question-refused"

    def __init__(self, org: str, terminal: str, group: str, why: str) -> None:
        super().__init__(f"group {group!r} of org {org!r} is not shown to terminal {terminal!r}: {why}")
        self.org, self.terminal, self.group, self.why = org, terminal, group, why

    @classmethod
    def of(cls, asked: GroupQuestion, why: str) -> Self:
        return cls(asked.org, asked.terminal, asked.group, why)


def answer_group_question(ledger: Ledger, raw: bytes) -> VersionProof:
    """The version of a group that a terminal asks for, or its absence, at the ledger's newest height.

    Raises:
        Malformed: the question is not in canonical form, or names another key than the terminal's.
        NotFound: the ledger has no such terminal.
        BadSignature: the terminal's key did not sign the question.
        WrongLedger: the question is for another ledger.
        QuestionRefused: the group's definitions are not for this terminal.
    """
    signed = parse_group_question(raw)
    asked = signed.question
    with ledger.snapshot() as now:
        passport = queries.passport(now, asked.org, asked.terminal)
        if passport is None:
            raise NotFound(f"no terminal {asked.terminal!r} of org {asked.org!r} is enrolled on this ledger")
        signed.check_signed_by(passport.newest_key.key)  # 1
        if asked.chain != ledger.chain_id:  # 2
            raise WrongLedger(f"it names chain {asked.chain}, this ledger is {ledger.chain_id}", "the question")
        if passport.revoked is not None:  # 3
            raise QuestionRefused.of(asked, f"the terminal is {passport.revoked.value}")
        if not _is_recent(now, asked):  # 4
            raise QuestionRefused.of(asked, "the question names no recent leaf of the ledger's root log")
        if not _reads(now, asked):  # 5
            raise QuestionRefused.of(asked, "no version of it has a point that names the terminal")
    return prove_group_version(ledger, asked.org, asked.group, asked.n)


def _is_recent(now: Snapshot, asked: GroupQuestion) -> bool:
    size = asked.root_log_size
    if not max(0, now.head.root_log_size - RECENT_LEAVES) < size <= now.head.root_log_size:
        return False
    return leaf_hash(now.log_leaf(ROOT_LOG, size - 1)) == asked.root_log_leaf


def _reads(now: Snapshot, asked: GroupQuestion) -> bool:
    """Whether the terminal reads a point of the group, did so once, or is to do so."""
    newest = queries.newest_version(now, asked.org, asked.group)
    return newest is not None and any(
        definition.terminal == asked.terminal
        for n in range(newest.n, 0, -1)
        for definition in queries.definitions(now, asked.org, asked.group, n)
    )
