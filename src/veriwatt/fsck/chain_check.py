"""The interface of a check that follows the walk along a data chain, and the frames that it receives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from veriwatt.ids import ObjectId
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.frames.frame import Frame


@dataclass(frozen=True, slots=True)
class UploadLocation:
    """The place of an anchored frame's upload: its anchor, and `length` bytes of an object from `offset` on."""

    anchor: AnchorLeaf
    object: ObjectId
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class PositionedFrame:
    """A parsed frame at its position; `location` is None for a frame that is in the journal alone."""

    position: int
    frame: Frame
    upload: bytes
    location: UploadLocation | None


class ChainCheck(Protocol):
    """A check that receives every frame of one chain once, in the order of positions."""

    def check_frame(self, positioned: PositionedFrame) -> None:
        """Take the next readable frame."""
        ...

    def skip(self, start: int, end: int) -> None:
        """Skip positions [start, end): their frames cannot be read, and a problem is reported already."""
        ...

    def finish(self) -> None:
        """Report what only the end of the chain shows."""
        ...
