"""The embedded ledger at one height: `ports.Snapshot` over one read transaction of the file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from veriwatt.ledger.embedded.block import Chain
from veriwatt.ledger.embedded.stored_blocks import StoredBlocks
from veriwatt.ledger.rows.leaf_nodes import NodeCache
from veriwatt.ledger.rows.snapshot import RowsSnapshot
from veriwatt.ledger.rows.tables import Tables
from veriwatt.merkle.state_tree import StateTree
from veriwatt.ports.ledger import Head, StateProof


class EmbeddedSnapshot(RowsSnapshot):
    """The rows in the read transaction of `tables`; `prove` first checks them against the newest header."""

    def __init__(self, tables: Tables, chain: Chain, blocks: StoredBlocks, nodes: NodeCache) -> None:
        super().__init__(tables, nodes)
        self._chain, self._blocks = chain, blocks
        self._newest = blocks.newest(tables)

    @property
    def height(self) -> int:
        """The height of `head`, known without reading the state."""
        return self._newest.header.height

    @cached_property
    def head(self) -> Head:
        header = self._newest.header
        return self._head_of(header.height, header.time_ms, header.app_hash)

    @cached_property
    def _tree(self) -> StateTree:
        """Looked up once: a snapshot may outlive the newest state, whose tree alone is shared."""
        return self._blocks.tree(self._tables, self._newest)

    def prove(self, keys: Sequence[bytes]) -> StateProof:
        tree = self._tree
        values = {key: self._tables.get(key) for key in keys}
        return StateProof(self._chain.light_block(self._newest), values, tree.prove(keys))
