"""The revocation in a passport: retired, or reported compromised. Spec: docs/spec/passport.md."""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed
from veriwatt.model.frames.number import FrameRef
from veriwatt.model.terminals.enrolment import Reason, last_frame_fields, read_last_frame
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class Revocation:
    """The reason, org and block of a revocation. `since` (compromised only) is the time from which the key is not

    trusted. `last` is the last frame
    of a terminal that retired; it stays if the retired terminal is later reported compromised, and then both rules
    apply.
    """

    reason: Reason
    org: str
    since: UtcMillis | None
    at_height: int
    at_time: UtcMillis
    retired: bool
    last: FrameRef | None

    def fields(self) -> list[Value]:
        head: list[Value] = [self.reason.value, self.org, self.since, self.at_height, self.at_time, self.retired]
        return [*head, *last_frame_fields(self.last)]

    @classmethod
    def parse(cls, value: object, terminal: str) -> Revocation:
        f = Fields(value, "revocation", 9)
        reason, org, since = _reason(f.text("reason")), f.name("org"), f.optional(_millis)
        height, time, retired = f.uint("at height"), f.uint("at time"), f.bool("retired")
        return cls(reason, org, since, height, time, retired, read_last_frame(f, terminal))


def _reason(text: str) -> Reason:
    try:
        return Reason(text)
    except ValueError:
        raise Malformed(f"unknown revocation reason {text!r}") from None


def _millis(value: object) -> UtcMillis:
    if type(value) is not int or value < 0:
        raise Malformed("revocation: from is not a time")
    return value
