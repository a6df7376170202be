"""The part of a snapshot that every engine with the ledger's tables has: rows, and the leaves of logs."""

from __future__ import annotations

from collections.abc import Iterator

from veriwatt.errors import Corrupted, Malformed, NotFound
from veriwatt.ids import Digest
from veriwatt.ledger.rows.leaf_nodes import LeafNodes, NodeCache
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.state import range_at
from veriwatt.merkle.tree import inclusion_path, leaf_hash
from veriwatt.model.chain.anchor import NO_LEAF
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.ports.ledger import Head, LogProof
from veriwatt.units import UtcMillis

LEAF_PAGE = 1024


class RowsSnapshot:
    """The rows in the read transaction of `tables`; a subclass adds the head and proofs under it."""

    def __init__(self, tables: Tables, nodes: NodeCache) -> None:
        self._tables, self._nodes = tables, nodes

    def get(self, key: bytes) -> bytes | None:
        return self._tables.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self._tables.scan(prefix)

    def log_proof(self, log: bytes, index: int) -> LogProof:
        leaf, size = self.log_leaf(log, index), self._size(log)
        return LogProof(leaf, index, size, inclusion_path(self.log_nodes(log), index, size))

    def log_leaf(self, log: bytes, index: int) -> bytes:
        leaf = self._tables.leaf(log, index)
        if leaf is None or not 0 <= index < self._size(log):
            raise NotFound(f"log {log!r} has no leaf {index}")
        return leaf

    def log_leaves(self, log: bytes, start: int = 0) -> Iterator[bytes]:
        while True:
            page = self._tables.leaves(log, start, LEAF_PAGE)
            yield from page
            if len(page) < LEAF_PAGE:
                return
            start += LEAF_PAGE

    def log_nodes(self, log: bytes) -> LeafNodes:
        return LeafNodes(self._tables, log, self._nodes)

    def _head_of(self, height: int, time: UtcMillis, app_hash: bytes) -> Head:
        """The head with this newest header, and the newest leaf of the root log in these rows."""
        size = self._size(ROOT_LOG)
        leaf = self._tables.leaf(ROOT_LOG, size - 1) if size else None
        return Head(height, time, Digest(app_hash), size, NO_LEAF if leaf is None else leaf_hash(leaf))

    def _size(self, log: bytes) -> int:
        try:
            return range_at(self._tables, log).size
        except Malformed as error:
            raise Corrupted(f"state, row {log!r}: {error}") from error
