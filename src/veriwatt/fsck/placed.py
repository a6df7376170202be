"""What the walk along a data chain hands to each check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from veriwatt.ids import ObjectId
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.frames.frame import Frame


@dataclass(frozen=True, slots=True)
class ChainPlace:
    """Where an anchored frame's upload lies: its anchor, and `length` bytes of an object from `offset` on."""

    anchor: AnchorLeaf
    object: ObjectId
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A parsed frame at its position; `place` is None for one that only the journal holds."""

    position: int
    frame: Frame
    upload: bytes
    place: ChainPlace | None


class Follower(Protocol):
    """A check that sees every frame of one chain once, by position."""

    def follow(self, placed: Placed) -> None: ...

    def lose(self, start: int, end: int) -> None:
        """The frames at positions [start, end) cannot be read; a problem has been noted."""
        ...

    def finish(self) -> None:
        """The chain has ended."""
        ...
