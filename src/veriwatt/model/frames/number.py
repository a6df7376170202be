"""The number of a frame, (epoch, seq) within its terminal, and the reference to a frame by number and id.

The first frame of a terminal is (0, 1), and each frame states the id of the frame before it. An epoch ends only when
the terminal's spool is lost. Spec: docs/spec/frame.md, section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from veriwatt.encoding import Fields, Value
from veriwatt.ids import FrameId

NO_FRAME = FrameId(bytes(FrameId.LENGTH))
"""`prev` of the first frame of a terminal."""


class FrameNumber(NamedTuple):
    """The number of a frame within its terminal; numbers have the order of the frames."""

    epoch: int
    seq: int

    def next(self) -> FrameNumber:
        """The number of the frame after this one."""
        return tuple.__new__(FrameNumber, (self[0], self[1] + 1))

    def __str__(self) -> str:
        return f"({self.epoch}, {self.seq})"


FIRST_NUMBER = FrameNumber(0, 1)


class FrameRef(NamedTuple):
    """A reference to one frame of an org: its terminal, number and id."""

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
    """Read the next two fields, epoch and seq."""
    return FrameNumber(f.uint("epoch"), f.uint("seq"))


Voids: TypeAlias = Mapping[FrameNumber, FrameId]
"""The numbers of a terminal that its org gave up, each with the id of the header that had it."""

NO_VOIDS: Voids = {}


def number_after(newest: FrameRef | None, voids: Voids = NO_VOIDS) -> tuple[FrameNumber, FrameId]:
    """The number and `prev` of a terminal's next frame; of its first frame if `newest` is None.

    A void number is passed over: the next frame has the number after it, and names the header that had it.
    """
    number, prev = FIRST_NUMBER, NO_FRAME
    if newest is not None:
        _, (epoch, seq), prev = newest
        number = tuple.__new__(FrameNumber, (epoch, seq + 1))
    while voids and number in voids:
        number, prev = number.next(), voids[number]
    return number, prev


def voids_before(voids: Voids, number: FrameNumber) -> Voids:
    """The voids that a frame of this number may pass over; a number that is in use may be void as well."""
    return {each: frame for each, frame in voids.items() if each < number}
