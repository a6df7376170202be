"""Ending a terminal's trust: its retirement, a report that its key is compromised, the answer to a report.

    revoke body = [org, terminal, "retired", epoch, seq, frame id | null]
                | [org, terminal, "compromised", from]
    answer body = [terminal, text]

    retirement  = [org, member, at height, at time, epoch, seq, frame id | null]
    report      = [org, member, since, at height, at time, answer | null]
    answer      = [member, time, text]

The last three are parts of a passport. Spec: docs/spec/passport.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed
from veriwatt.ids import FrameId
from veriwatt.model.frames.number import FrameRef, read_number
from veriwatt.units import UtcMillis

ANSWER_LIMIT = 500
"""The most characters of an answer."""


class Reason(Enum):
    """The reason of a revocation."""

    RETIRED = "retired"
    COMPROMISED = "compromised"


@dataclass(frozen=True, slots=True)
class Revoke:
    """Body of kind "revoke".

    Retired: `last` is the terminal's last frame, None if it never sent one; `since` is None. Compromised: `since` is
    the time from which the key is not trusted; `last` is None.
    """

    kind: ClassVar[str] = "revoke"
    org: str
    terminal: str
    reason: Reason
    last: FrameRef | None = None
    since: UtcMillis | None = None

    def fields(self) -> list[Value]:
        head: list[Value] = [self.org, self.terminal, self.reason.value]
        if self.reason is Reason.COMPROMISED:
            return [*head, self.since]
        return [*head, *_last_frame_fields(self.last)]

    @classmethod
    def parse(cls, value: object) -> Revoke:
        compromised = isinstance(value, list) and len(value) == 4
        f = Fields(value, "revoke", 4 if compromised else 6)
        org, terminal = f.name("org"), f.name("terminal")
        if f.text("reason") != (Reason.COMPROMISED if compromised else Reason.RETIRED).value:
            raise Malformed("revoke: the reason is not retired or compromised, or does not fit the other fields")
        if compromised:
            return cls(org, terminal, Reason.COMPROMISED, since=f.uint("from"))
        return cls(org, terminal, Reason.RETIRED, last=_read_last_frame(f, terminal))


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """Body of kind "answer": the signer's org answers the report that its terminal's key is compromised."""

    kind: ClassVar[str] = "answer"
    terminal: str
    text: str

    def fields(self) -> list[Value]:
        return [self.terminal, self.text]

    @classmethod
    def parse(cls, value: object) -> AnswerReport:
        f = Fields(value, "answer", 2)
        return cls(f.name("terminal"), f.text("text", ANSWER_LIMIT))


@dataclass(frozen=True, slots=True)
class Retirement:
    """The terminal's org retired it in the block `at_height`; `last` is its last frame, None if it never sent one."""

    org: str
    member: str
    at_height: int
    at_time: UtcMillis
    last: FrameRef | None

    def fields(self) -> list[Value]:
        return [self.org, self.member, self.at_height, self.at_time, *_last_frame_fields(self.last)]

    @classmethod
    def parse(cls, value: object, terminal: str) -> Retirement:
        f = Fields(value, "retirement", 7)
        org, member, height, time = f.name("org"), f.name("member"), f.uint("at height"), f.uint("at time")
        return cls(org, member, height, time, _read_last_frame(f, terminal))


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """What the terminal's org says to a report, by its `member` in the block with this time."""

    member: str
    time: UtcMillis
    text: str

    def fields(self) -> list[Value]:
        return [self.member, self.time, self.text]

    @classmethod
    def parse(cls, value: object) -> ReportAnswer:
        f = Fields(value, "report: answer", 3)
        return cls(f.name("member"), f.uint("time"), f.text("text", ANSWER_LIMIT))


@dataclass(frozen=True, slots=True)
class Report:
    """`org`, by its `member`, reported the key compromised from `since` on.

    `at_height` and `at_time` are those of the block of the first report: frames anchored in it or later are refused.
    """

    org: str
    member: str
    since: UtcMillis
    at_height: int
    at_time: UtcMillis
    answer: ReportAnswer | None = None

    def fields(self) -> list[Value]:
        answer = None if self.answer is None else self.answer.fields()
        return [self.org, self.member, self.since, self.at_height, self.at_time, answer]

    @classmethod
    def parse(cls, value: object) -> Report:
        f = Fields(value, "report", 6)
        org, member, since = f.name("org"), f.name("member"), f.uint("since")
        return cls(org, member, since, f.uint("at height"), f.uint("at time"), f.optional(ReportAnswer.parse))


def _last_frame_fields(last: FrameRef | None) -> list[Value]:
    return [0, 0, None] if last is None else [*last.number, bytes(last.frame_id)]


def _read_last_frame(f: Fields, terminal: str) -> FrameRef | None:
    """Read the next three fields (epoch, seq, frame id) of `terminal`; if the frame id is null, the others are 0."""
    number, frame_id = read_number(f), f.optional(_frame_id)
    if frame_id is None and any(number):
        raise Malformed("retirement: a last frame without its id")
    return None if frame_id is None else FrameRef(terminal, number, frame_id)


def _frame_id(value: object) -> FrameId:
    if type(value) is not bytes:
        raise Malformed("retirement: frame id is not 32 bytes")
    return FrameId(value)
