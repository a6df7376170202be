"""The check of a data chain's Merkle tree: recomputed from the frames, compared with tiles and anchored roots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from veriwatt.errors import Malformed, VeriwattError
from veriwatt.fsck.chain_check import PositionedFrame
from veriwatt.fsck.other_files import files_under
from veriwatt.fsck.reach import may_exist
from veriwatt.fsck.report import Findings
from veriwatt.ids import Digest
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tiles import MAX_TILE_LEVEL, TILE_HEIGHT, Edge, Tile, tile_path
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.chain.checkpoint import Checkpoint
from veriwatt.system.files import DiskFiles

LEAVES_AT_ONCE = 4096


class TreeCheck:
    """A `ChainCheck`. It compares nothing after a frame that cannot be read: later roots cannot be computed."""

    def __init__(
        self,
        folder: Path,
        anchored: CompactRange,
        acknowledged: Checkpoint | None,
        has_grown: Callable[[], bool],
        findings: Findings,
    ) -> None:
        """`folder` is the chain's; `anchored` the range in the ledger's state; `acknowledged` the high-water mark.

        `has_grown` says whether the chain has grown since it was read: then there may be more tiles.
        """
        self._folder, self._anchored, self._has_grown, self._findings = folder, anchored, has_grown, findings
        self._acknowledged = acknowledged
        self._edge, self._leaves = Edge.empty(), list[Digest]()
        self._leaf: AnchorLeaf | None = None
        self._broken = False

    def check_frame(self, positioned: PositionedFrame) -> None:
        leaf = None if positioned.location is None else positioned.location.anchor
        if leaf is not self._leaf:
            self._end_anchor()
            self._leaf = leaf
        self._leaves.append(positioned.frame.leaf)
        if len(self._leaves) == LEAVES_AT_ONCE:
            self._extend()

    def skip(self, start: int, end: int) -> None:
        self._broken = True

    def finish(self) -> None:
        self._end_anchor()
        if self._broken:
            return
        if self._edge.size < self._anchored.size:
            what = f"the ledger has {self._anchored.size} frames, the chain {self._edge.size}"
            self._findings.problem(self._folder, what)
        for path in files_under(self._folder / "tile"):
            if not path.name.startswith(".") and not self._is_tile(path) and not self._has_grown():
                self._findings.problem(path, "this is not a tile of the chain")

    def _is_tile(self, path: Path) -> bool:
        """Whether the path is that of a full tile of the chain."""
        _, level, *groups = path.relative_to(self._folder).parts
        digits = [group.lstrip("x") for group in groups]
        if not all(each.isdecimal() and each.isascii() for each in (level, *digits)) or len(digits) > MAX_TILE_LEVEL:
            return False
        index = int("".join(digits))
        try:
            whole = tile_path(int(level), index) == path.relative_to(self._folder).as_posix()
        except Malformed:
            return False
        return whole and (index + 1) << TILE_HEIGHT * (int(level) + 1) <= self._edge.size

    def _end_anchor(self) -> None:
        """Extend the tree by the frames of one anchor, or of the journal, and compare."""
        if self._broken:
            return
        self._extend()
        if self._leaf is not None and self._edge.compact_range().root() != self._leaf.root:
            self._findings.problem(
                self._folder, f"the anchor of {self._edge.size} frames has another root than the frames"
            )
        if self._edge.size == self._anchored.size and self._edge.compact_range() != self._anchored:
            self._findings.problem(self._folder, "the frames lead to another range than the one in the ledger's state")

    def _extend(self) -> None:
        """Extend the tree by the frames since it was extended, and compare the tiles that they fill."""
        if self._broken:
            self._leaves = []
            return
        self._compare_acknowledged()
        self._edge, tiles = self._edge.extend(self._leaves)
        self._leaves = []
        for tile in tiles:
            self._tile(tile)

    def _compare_acknowledged(self) -> None:
        mark, size = self._acknowledged, self._edge.size
        if mark is None or not size < mark.size <= size + len(self._leaves):
            return
        there, _ = self._edge.extend(self._leaves[: mark.size - size])
        if there.compact_range().root() != mark.root:
            self._findings.problem(self._folder, f"the {mark.size} frames that were acknowledged have another root")

    def _tile(self, tile: Tile) -> None:
        path = self._folder / tile.path
        if may_exist(path):
            try:
                stored = DiskFiles().read(path)
            except VeriwattError as error:
                self._findings.failed(path, error)
                return
            self._findings.counts["tiles"] += 1
            if stored != tile.hashes:
                self._findings.problem(path, "the tile is not the one that the frames give")
        elif (tile.index + 1) << TILE_HEIGHT * (tile.level + 1) <= self._anchored.size:
            self._findings.problem(path, "the tile is missing")
