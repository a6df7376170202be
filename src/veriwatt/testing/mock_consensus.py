"""The state machine without a ledger: blocks are executed at once, rows and logs stay in memory."""

from __future__ import annotations

from veriwatt.ids import Digest
from veriwatt.machine.app import TransactionOutcome, execute_block
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import BlockContext
from veriwatt.machine.transaction_kinds import KINDS, Kinds
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.units import MINUTE, UtcMillis


class MockConsensus:
    """A chain of one genesis. `rows` is the newest state, `app_hashes[h]` the root of state h."""

    def __init__(self, genesis: Genesis, *, step: UtcMillis = MINUTE, kinds: Kinds = KINDS) -> None:
        rows = genesis_rows(genesis)
        self.genesis, self.rows, self.logs = genesis, MemoryRows(rows), dict[bytes, list[bytes]]()
        self.height, self.time, self._step, self._kinds = 0, genesis.time, step, kinds
        self._tree = StateTree.from_items(rows.items())
        self.app_hashes: list[Digest] = [self._tree.root]

    def block(self, *transactions: bytes) -> tuple[TransactionOutcome, ...]:
        """The next block, one step of time later, with these transactions."""
        self.height, self.time = self.height + 1, self.time + self._step
        context = BlockContext(self.height, self.time, self.app_hashes[-1])
        executed = execute_block(self.rows, context, transactions, self._kinds)
        self.rows.take(executed.changes)
        self._tree.update(executed.changes)
        for log, _, leaf in executed.appends:
            self.logs.setdefault(log, []).append(leaf)
        self.app_hashes.append(self._tree.root)
        return executed.outcomes

    def one(self, transaction: bytes) -> TransactionOutcome:
        """The outcome of a block with just this transaction."""
        return self.block(transaction)[0]

    def must(self, *transactions: bytes) -> None:
        """Each transaction in a block of its own, all accepted."""
        for transaction in transactions:
            outcome = self.one(transaction)
            assert outcome.code == "ok", outcome
