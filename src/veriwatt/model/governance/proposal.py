"""A proposal, the votes for and against it, and its outcome.

    propose body = [decision, text]
    vote body    = [number, digest, yes]
    digest       = SHA-256(CBOR [org, member, decision, text])
    record       = [2, number, org, member, decision, text, height, time, expires, [[org, member, yes, time] ...],
                    outcome | null]
    outcome      = [result, height, time, code | null]
    agenda       = [2, count, [[number, org, expires] ...]]

Spec: docs/spec/government.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.governance.decision import Decision, decision_fields, parse_decision
from veriwatt.model.members.org_role import FOUNDER_LIMIT
from veriwatt.model.points.id_text import check_title
from veriwatt.units import UtcMillis

TEXT_LIMIT = 500
"""The most characters of a proposal's text."""

MOST_VOTERS = FOUNDER_LIMIT
"""The most orgs that have a vote: as many as may found a ledger."""

MOST_OPEN = 8
"""The most open proposals of one org."""


class Result(Enum):
    """What became of a proposal; `OPEN` and `EXPIRED` follow from the time, and stand in no record."""

    OPEN = "open"
    EXPIRED = "expired"
    ENACTED = "enacted"
    REJECTED = "rejected"
    FAILED = "failed"


_DECIDED = {each.value: each for each in (Result.ENACTED, Result.REJECTED, Result.FAILED)}


@dataclass(frozen=True, slots=True)
class Propose:
    """Body of kind "propose": a decision, and what it is for, in words."""

    kind: ClassVar[str] = "propose"
    decision: Decision
    text: str

    def fields(self) -> list[Value]:
        return [decision_fields(self.decision), self.text]

    @classmethod
    def parse(cls, value: object) -> Propose:
        f = Fields(value, "propose", 2)
        return cls(parse_decision(f.raw()), _text(f))


@dataclass(frozen=True, slots=True)
class CastVote:
    """Body of kind "vote": the vote of the signer's org on the proposal with this number and digest."""

    kind: ClassVar[str] = "vote"
    number: int
    digest: Digest
    yes: bool

    def fields(self) -> list[Value]:
        return [self.number, self.digest, self.yes]

    @classmethod
    def parse(cls, value: object) -> CastVote:
        f = Fields(value, "vote", 3)
        return cls(f.uint("number"), f.digest("digest", Digest), f.bool("yes"))


@dataclass(frozen=True, slots=True)
class OrgVote:
    """The vote of an org, by one of its owners."""

    org: str
    member: str
    yes: bool
    time: UtcMillis

    def fields(self) -> list[Value]:
        return [self.org, self.member, self.yes, self.time]

    @classmethod
    def parse(cls, value: object) -> OrgVote:
        f = Fields(value, "proposal: vote", 4)
        return cls(f.name("org"), f.name("member"), f.bool("yes"), f.uint("time"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a proposal ended, and in which block; `code` says why it failed."""

    result: Result
    height: int
    time: UtcMillis
    code: str | None = None

    def fields(self) -> list[Value]:
        return [self.result.value, self.height, self.time, self.code]

    @classmethod
    def parse(cls, value: object) -> Outcome:
        f = Fields(value, "proposal: outcome", 4)
        result = _DECIDED.get(f.text("result"))
        if result is None:
            raise Malformed("proposal: outcome: unknown result")
        return cls(result, f.uint("height"), f.uint("time"), f.optional(_code))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal in the state."""

    number: int
    org: str
    member: str
    decision: Decision
    text: str
    height: int
    time: UtcMillis
    expires: UtcMillis
    votes: tuple[OrgVote, ...] = ()
    outcome: Outcome | None = None

    @property
    def digest(self) -> Digest:
        """What a vote names: the proposer, the decision and the text."""
        return sha256(encode([self.org, self.member, decision_fields(self.decision), self.text]))

    def result_at(self, now: UtcMillis) -> Result:
        """What has become of it at the time of a block."""
        if self.outcome is not None:
            return self.outcome.result
        return Result.OPEN if now < self.expires else Result.EXPIRED

    def to_bytes(self) -> bytes:
        votes: list[Value] = [vote.fields() for vote in self.votes]
        outcome = None if self.outcome is None else self.outcome.fields()
        head: list[Value] = [FORMAT, self.number, self.org, self.member, decision_fields(self.decision), self.text]
        return encode([*head, self.height, self.time, self.expires, votes, outcome])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Proposal:
        f = Fields.versioned(decode(raw, "proposal"), "proposal", 11)
        number, org, member = f.uint("number"), f.name("org"), f.name("member")
        decision, text = parse_decision(f.raw()), _text(f)
        height, time, expires = f.uint("height"), f.uint("time"), f.uint("expires")
        votes = f.each("votes", OrgVote.parse, MOST_VOTERS)
        return cls(number, org, member, decision, text, height, time, expires, votes, f.optional(Outcome.parse))


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """An entry of the agenda."""

    number: int
    org: str
    expires: UtcMillis

    def fields(self) -> list[Value]:
        return [self.number, self.org, self.expires]

    @classmethod
    def parse(cls, value: object) -> OpenProposal:
        f = Fields(value, "agenda: proposal", 3)
        return cls(f.uint("number"), f.name("org"), f.uint("expires"))


@dataclass(frozen=True, slots=True)
class Agenda:
    """How many proposals there were, and those without an outcome; some of these may have expired."""

    count: int = 0
    proposals: tuple[OpenProposal, ...] = ()

    def open_at(self, now: UtcMillis) -> tuple[OpenProposal, ...]:
        return tuple(each for each in self.proposals if now < each.expires)

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.count, [each.fields() for each in self.proposals]])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Agenda:
        f = Fields.versioned(decode(raw, "agenda"), "agenda", 3)
        return cls(f.uint("count"), f.each("proposals", OpenProposal.parse, MOST_VOTERS * MOST_OPEN))


def _text(f: Fields) -> str:
    text = check_title(f.text("text", TEXT_LIMIT), "proposal: text")
    if not text:
        raise Malformed("proposal: it has no text")
    return text


def _code(value: object) -> str:
    if type(value) is not str or len(value) > 64:
        raise Malformed("proposal: outcome: code is not a text of at most 64 characters")
    return value
