"""A store of the full tiles of one data chain."""

from __future__ import annotations

from typing import Protocol

from veriwatt.merkle.tiles import Tile


class TileStore(Protocol):
    """The full tiles of one log, by level and index (docs/spec/tree.md).

    `put` is durable on return and may be repeated with the same bytes: a full tile never changes.
    Absence is NotFound. One thread puts; any may get meanwhile.

    Not trusted: the name of a tile says nothing of its bytes. Whoever reads tiles compares the root
    that they lead to with one that the ledger holds; a store that checks bytes by itself raises
    Corrupted rather than return other ones.
    """

    def put(self, tile: Tile) -> None: ...

    def get(self, level: int, index: int) -> bytes: ...

    def has(self, level: int, index: int) -> bool: ...
