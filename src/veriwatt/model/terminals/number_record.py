"""What the ledger records about one frame number of a terminal: an equivocation, a void. Spec: docs/spec/passport.md.

    record       = [2, equivocation | null, void | null]
    equivocation = [frame id a, frame id b, height, time, org, member]
    void         = [frame id, height, time, org, member]

Most numbers have no record. It is under the key `number/ORG/TERMINAL/` + epoch and seq in 8 bytes each, so evidence
proves with one key that none is there.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import FrameId
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class RecordedEquivocation:
    """Two headers with this number and different signed bytes, both signed by the terminal's key.

    `frames` are their ids in ascending order; `org` and `member` submitted them, in the block `height`.
    """

    frames: tuple[FrameId, FrameId]
    height: int
    time: UtcMillis
    org: str
    member: str

    def __post_init__(self) -> None:
        if self.frames[0] >= self.frames[1]:
            raise Malformed("number record: the frames of an equivocation are not two in ascending order")

    def fields(self) -> list[Value]:
        return [*self.frames, self.height, self.time, self.org, self.member]

    @classmethod
    def parse(cls, value: object) -> RecordedEquivocation:
        f = Fields(value, "number record: equivocation", 6)
        frames = f.digest("frame id a", FrameId), f.digest("frame id b", FrameId)
        return cls(frames, f.uint("height"), f.uint("time"), f.name("org"), f.name("member"))


@dataclass(frozen=True, slots=True)
class RecordedVoid:
    """The terminal's org gave up the header `frame_id`, which the log host refuses; its values are stated again.

    The reason is in the transaction of that block, so that no length of it makes evidence larger.
    """

    frame_id: FrameId
    height: int
    time: UtcMillis
    org: str
    member: str

    def fields(self) -> list[Value]:
        return [self.frame_id, self.height, self.time, self.org, self.member]

    @classmethod
    def parse(cls, value: object) -> RecordedVoid:
        f = Fields(value, "number record: void", 5)
        frame_id, height, time = f.digest("frame id", FrameId), f.uint("height"), f.uint("time")
        return cls(frame_id, height, time, f.name("org"), f.name("member"))


@dataclass(frozen=True, slots=True)
class NumberRecord:
    """The record of one frame number; at least one of its parts is there."""

    equivocation: RecordedEquivocation | None = None
    void: RecordedVoid | None = None

    def __post_init__(self) -> None:
        if self.equivocation is None and self.void is None:
            raise Malformed("number record: it records nothing")

    def to_bytes(self) -> bytes:
        equivocation = None if self.equivocation is None else self.equivocation.fields()
        return encode([FORMAT, equivocation, None if self.void is None else self.void.fields()])

    @classmethod
    def from_bytes(cls, raw: bytes) -> NumberRecord:
        f = Fields.versioned(decode(raw, "number record"), "number record", 3)
        return cls(f.optional(RecordedEquivocation.parse), f.optional(RecordedVoid.parse))
