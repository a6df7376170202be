"""Nodes of a log's tree from its stored leaves, for inclusion paths.

Perfect subtrees of 256 leaves and more never change and are kept in memory, 32 bytes per 256
leaves; the first path of a long log reads all of its leaves once.
"""

from __future__ import annotations

from veriwatt.errors import Corrupted
from veriwatt.ids import Digest
from veriwatt.ledger.embedded.tables import Tables
from veriwatt.merkle.tree import leaf_hash, node_hash, tree_root

KEPT_LEVEL = 8


class LeafNodes:
    """A `NodeReader` of one log."""

    def __init__(self, tables: Tables, log: bytes) -> None:
        self._tables, self._log = tables, log
        self._kept: dict[tuple[int, int], Digest] = {}

    def node(self, level: int, index: int) -> Digest:
        if level < KEPT_LEVEL:
            return self._hashed(level, index)
        found = self._kept.get((level, index))
        if found is None:
            found = self._hashed(level, index) if level == KEPT_LEVEL else self._joined(level, index)
            self._kept[level, index] = found
        return found

    def _joined(self, level: int, index: int) -> Digest:
        return node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))

    def _hashed(self, level: int, index: int) -> Digest:
        count = 1 << level
        leaves = self._tables.leaves(self._log, index << level, count)
        if len(leaves) != count:
            raise Corrupted(f"log_leaves: leaves of {self._log!r} are missing from {index << level} on")
        return tree_root([leaf_hash(leaf) for leaf in leaves])
