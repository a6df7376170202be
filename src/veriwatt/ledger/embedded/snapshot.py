"""The embedded ledger at one height: `ports.Snapshot` over one read transaction of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from veriwatt.errors import Corrupted, Malformed, NotFound
from veriwatt.ids import Digest
from veriwatt.ledger.embedded.block import Chain
from veriwatt.ledger.embedded.leaf_nodes import LeafNodes, NodeCache
from veriwatt.ledger.embedded.stored_blocks import StoredBlocks
from veriwatt.ledger.embedded.tables import Tables
from veriwatt.machine.state import range_at
from veriwatt.merkle.tree import inclusion_path, leaf_hash
from veriwatt.model.chain.anchor import NO_LEAF
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.ports.ledger import Head, LogProof, StateProof

LEAF_PAGE = 1024


class EmbeddedSnapshot:
    """The rows in the read transaction of `tables`; `prove` first checks them against the newest header."""

    def __init__(self, tables: Tables, chain: Chain, blocks: StoredBlocks, nodes: NodeCache) -> None:
        self._tables, self._chain, self._blocks, self._nodes = tables, chain, blocks, nodes
        self._newest = blocks.newest(tables)

    @property
    def height(self) -> int:
        """The height of `head`, known without reading the state."""
        return self._newest.header.height

    @cached_property
    def head(self) -> Head:
        header, size = self._newest.header, self._size(ROOT_LOG)
        leaf = self._tables.leaf(ROOT_LOG, size - 1) if size else None
        newest_leaf = NO_LEAF if leaf is None else leaf_hash(leaf)
        return Head(header.height, header.time_ms, Digest(header.app_hash), size, newest_leaf)

    def get(self, key: bytes) -> bytes | None:
        return self._tables.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self._tables.scan(prefix)

    def prove(self, keys: Sequence[bytes]) -> StateProof:
        tree = self._blocks.tree(self._tables, self._newest)
        values = {key: self._tables.get(key) for key in keys}
        return StateProof(self._chain.light_block(self._newest), values, tree.prove(keys))

    def log_proof(self, log: bytes, index: int) -> LogProof:
        leaf, size = self.log_leaf(log, index), self._size(log)
        return LogProof(leaf, index, size, inclusion_path(LeafNodes(self._tables, log, self._nodes), index, size))

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

    def _size(self, log: bytes) -> int:
        try:
            return range_at(self._tables, log).size
        except Malformed as error:
            raise Corrupted(f"state, row {log!r}: {error}") from error
