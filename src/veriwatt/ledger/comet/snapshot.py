"""The ledger on CometBFT at one height: `ports.Snapshot` over one read transaction of the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from veriwatt.errors import Corrupted, Malformed, RootMismatch, Unavailable
from veriwatt.ledger.comet.decided_block import DecidedBlock
from veriwatt.ledger.rows.leaf_nodes import NodeCache
from veriwatt.ledger.rows.snapshot import RowsSnapshot
from veriwatt.ledger.rows.state_trees import StateTrees
from veriwatt.ledger.rows.tables import Tables
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.ledger.block import LightBlock
from veriwatt.ports.ledger import Head, StateProof
from veriwatt.units import UtcMillis


class NoBlockYet(Unavailable):
    """A ledger whose validators have not made the first block."""

    code = "no-block-yet"

    def __init__(self) -> None:
        super().__init__("the ledger has no block yet: more than two thirds of its validators must be running")


def decided_block(tables: Tables, height: int) -> DecidedBlock | None:
    """Block `height` as the application kept it; None if it has none."""
    raw = tables.block(height)
    try:
        return None if raw is None else DecidedBlock.from_bytes(raw)
    except Malformed as error:
        raise Corrupted(f"blocks, row {height}: {error}") from error


def time_after(tables: Tables, height: int) -> UtcMillis:
    """The time of a block's transactions: that of the next header."""
    after = decided_block(tables, height + 1)
    if after is None:
        raise Corrupted(f"blocks: row {height + 1} is missing")
    return after.time


class CometSnapshot(RowsSnapshot):
    """The rows in the read transaction of `tables`, under the header of the newest block.

    Raises:
        NoBlockYet: there is no header yet.
    """

    def __init__(
        self, tables: Tables, trees: StateTrees, light_block: Callable[[int], LightBlock], nodes: NodeCache
    ) -> None:
        super().__init__(tables, nodes)
        self._trees, self._light_block = trees, light_block
        self.height = tables.last_height()
        newest = decided_block(tables, self.height) if self.height > 0 else None
        if newest is None:
            raise NoBlockYet
        self._newest = newest

    @cached_property
    def head(self) -> Head:
        return self._head_of(self.height, self._newest.time, self._newest.app_hash)

    def time_after(self, height: int) -> UtcMillis | None:
        """The time of the transactions of a block below the newest; None where a snapshot left it out."""
        after = decided_block(self._tables, height + 1)
        return None if after is None else after.time

    @cached_property
    def _tree(self) -> StateTree:
        """Looked up once: a snapshot may outlive the newest state, whose tree alone is shared."""
        return self._trees.of(self._tables, self.height, self._newest.app_hash)

    def prove(self, keys: Sequence[bytes]) -> StateProof:
        tree = self._tree
        light = self._light_block(self.height)
        if light.header.app_hash != tree.root:
            # A state that was synced lies one block before the first header that commits to it.
            mismatch = RootMismatch(committed=light.header.app_hash, computed=tree.root)
            raise Unavailable(f"block {self.height} does not prove this state, the next one will: {mismatch}")
        return StateProof(light, {key: self._tables.get(key) for key in keys}, tree.prove(keys))
