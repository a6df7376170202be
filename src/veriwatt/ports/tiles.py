"""A store of the full tiles of one data chain."""

from __future__ import annotations

from typing import Protocol

from veriwatt.merkle.tiles import Tile


class TileStore(Protocol):
    """The full tiles of one log, by level and index (docs/spec/tree.md).

    `put` is durable on return and may be repeated with the same bytes: a full tile never changes.
    A missing tile raises NotFound. One thread puts; any thread may get at the same time.

    Not trusted: the name of a tile does not authenticate its bytes. A reader compares the root computed from tiles with
    one on the ledger; a store that checks the bytes itself raises Corrupted.
    """

    def put(self, tile: Tile) -> None: ...

    def get(self, level: int, index: int) -> bytes: ...

    def has(self, level: int, index: int) -> bool: ...
