"""The newest block of the application: what the file holds under its header, and what the block itself changed.

    state of the file     the state after block n - 1: the one that the header of the newest block n commits to
    pending               what block n changed; it is written with block n + 1, whose header commits to it

So the file always holds a state that a signed header proves, as the file of the embedded ledger does. The block is in
the file with its transactions, so `pending` is found again by executing it.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.errors import Corrupted
from veriwatt.ids import Digest
from veriwatt.ledger.comet.decided_block import DecidedBlock
from veriwatt.ledger.comet.pending_rows import PendingRows
from veriwatt.ledger.result_codes import block_result
from veriwatt.ledger.rows.state_trees import StateTrees
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.app import ExecutedBlock, execute_block
from veriwatt.machine.envelopes import Envelopes
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.state import BlockContext, StateRows
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class Tip:
    """Block `height`; before the first one, the height below it, and no block. `proven` is the tree of the file,
    `tree` that after the block.
    """

    height: int
    block: DecidedBlock
    proven: StateTree
    pending: ExecutedBlock
    tree: StateTree

    @classmethod
    def read(cls, tables: Tables, genesis: Genesis, trees: StateTrees, envelopes: Envelopes) -> Tip:
        """The newest block of the tables, which have the genesis at least.

        Raises:
            WrongMachine: the state is of another machine version.
            Corrupted: the rows are not the state under the newest block, or its results are others.
        """
        height, block = newest_block(tables, genesis)
        proven = trees.read(tables, height, block.app_hash)
        pending = pending_changes(tables, height, block, envelopes)
        return cls(height, block, proven, pending, tree_after(proven, pending))

    def followed_by(self, block: DecidedBlock, executed: ExecutedBlock, tree: StateTree) -> Tip:
        """The tip when block `height + 1` was executed, with the tree of the state after it."""
        return Tip(self.height + 1, block, self.tree, executed, tree)

    def rows(self, proven: StateRows) -> PendingRows:
        """The state after the block, from the rows of the file."""
        return PendingRows(proven, self.pending.changes)

    def next_block(self, time: UtcMillis) -> BlockContext:
        return BlockContext(self.height + 1, time, self.tree.root)


def newest_block(tables: Tables, genesis: Genesis) -> tuple[int, DecidedBlock]:
    """The newest block of the tables with its height; before the first one, what it follows."""
    height = tables.last_height()
    raw = tables.block(height) if height > 0 else None
    if raw is None:
        return genesis.first_height - 1, DecidedBlock(None, genesis.time, _first_root(tables, genesis))
    return height, DecidedBlock.from_bytes(raw)


def pending_changes(tables: Tables, height: int, block: DecidedBlock, envelopes: Envelopes) -> ExecutedBlock:
    """What the newest block of the tables changed; raises Corrupted if its results are others."""
    pending = execute_block(
        tables, block.at(height), block.transactions, envelopes=envelopes, misbehaviour=block.misbehaviour
    )
    if tuple(map(block_result, pending.outcomes)) != block.results:
        raise Corrupted(f"blocks, row {height}: its results are not those of its transactions")
    return pending


def _first_root(tables: Tables, genesis: Genesis) -> Digest:
    """The root of the state at height 0; of a successor that of the rows, which were checked when they were written."""
    rows = tables.scan(b"") if genesis.predecessor else genesis_rows(genesis).items()
    return StateTree.from_items(rows).root


def tree_after(tree: StateTree, executed: ExecutedBlock) -> StateTree:
    if not executed.changes:
        return tree
    after = tree.copy()
    after.update(executed.changes)
    return after
