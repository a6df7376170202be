"""How frames are numbered and named: (epoch, seq) within a terminal, and the id that tells two of one number apart.

The first frame of a terminal is (0, 1), and each frame carries the id of the one before it. An epoch ends only when
the terminal's spool is lost. Spec: docs/spec/frame.md, section 2.
"""

from __future__ import annotations

from typing import NamedTuple

from veriwatt.encoding import Fields, Value
from veriwatt.ids import FrameId

NO_FRAME = FrameId(bytes(FrameId.LENGTH))
"""`prev` of the first frame of a terminal."""


class FrameNumber(NamedTuple):
    """A frame's number within its terminal; numbers are ordered as their frames are."""

    epoch: int
    seq: int

    def next(self) -> FrameNumber:
        """The number of the frame after this one."""
        return FrameNumber(self.epoch, self.seq + 1)

    def __str__(self) -> str:
        return f"({self.epoch}, {self.seq})"


FIRST_NUMBER = FrameNumber(0, 1)


class FrameRef(NamedTuple):
    """One frame of an org: its terminal, its number, and its id."""

    terminal: str
    number: FrameNumber
    frame_id: FrameId

    def fields(self) -> list[Value]:
        return [self.terminal, self.number.epoch, self.number.seq, self.frame_id]

    @classmethod
    def parse(cls, value: object) -> FrameRef:
        f = Fields(value, "frame reference", 4)
        return cls(f.name("terminal"), read_number(f), f.digest("frame id", FrameId))


def read_number(f: Fields) -> FrameNumber:
    """The next two fields, epoch and seq; Malformed when they are no numbers."""
    return FrameNumber(f.uint("epoch"), f.uint("seq"))


def number_after(newest: FrameRef | None) -> tuple[FrameNumber, FrameId]:
    """Number and `prev` of the frame that follows a terminal's newest one; of its first frame when it has none."""
    return (FIRST_NUMBER, NO_FRAME) if newest is None else (newest.number.next(), newest.frame_id)
