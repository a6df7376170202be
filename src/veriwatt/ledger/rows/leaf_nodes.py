"""The nodes of a log's Merkle tree, computed from its stored leaves for inclusion paths.

Perfect subtrees of 256 leaves and more never change and are cached in memory, 32 bytes per 256
leaves; the first path of a long log reads all of its leaves once.
"""

from __future__ import annotations

from typing import TypeAlias

from veriwatt.errors import Corrupted
from veriwatt.ids import Digest
from veriwatt.ledger.rows.tables import Tables
from veriwatt.merkle.tree import leaf_hash, node_hash, tree_root

CACHED_LEVEL = 8

NodeCache: TypeAlias = dict[tuple[bytes, int, int], Digest]
"""Nodes by (log, level, index); shared by all readers of one ledger."""


class LeafNodes:
    """A `NodeReader` of one log."""

    def __init__(self, tables: Tables, log: bytes, cache: NodeCache) -> None:
        self._tables, self._log, self._cache = tables, log, cache

    def node(self, level: int, index: int) -> Digest:
        if level < CACHED_LEVEL:
            return self._from_leaves(level, index)
        found = self._cache.get((self._log, level, index))
        if found is None:
            found = self._from_leaves(level, index) if level == CACHED_LEVEL else self._from_children(level, index)
            self._cache[self._log, level, index] = found
        return found

    def _from_children(self, level: int, index: int) -> Digest:
        return node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))

    def _from_leaves(self, level: int, index: int) -> Digest:
        count = 1 << level
        leaves = self._tables.leaves(self._log, index << level, count)
        if len(leaves) != count:
            raise Corrupted(f"log_leaves: leaves of {self._log!r} are missing from {index << level} on")
        return tree_root([leaf_hash(leaf) for leaf in leaves])
