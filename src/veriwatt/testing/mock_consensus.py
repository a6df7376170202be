"""The state machine without a ledger: blocks are executed at once, rows and logs stay in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from veriwatt.crypto.hashing import sha256
from veriwatt.ids import Digest
from veriwatt.machine.app import TransactionOutcome, execute_block
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.governance import queries
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import BlockContext, range_at
from veriwatt.machine.transaction_kinds import KINDS, Kinds
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.misbehaviour import Misbehaviour
from veriwatt.model.ledger.predecessor import End
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.units import MINUTE, UtcMillis


class MockConsensus:
    """A chain of one genesis. `rows` is the newest state, `app_hashes[h]` the root of state h after the genesis."""

    def __init__(
        self,
        genesis: Genesis,
        *,
        step: UtcMillis = MINUTE,
        kinds: Kinds = KINDS,
        last: Mapping[bytes, bytes] | None = None,
    ) -> None:
        """`last` are the last rows of the genesis's predecessor."""
        rows = genesis_rows(genesis, last)
        self.genesis, self.rows, self.logs = genesis, MemoryRows(rows), dict[bytes, list[bytes]]()
        self.height, self.time, self._step, self._kinds = genesis.first_height - 1, genesis.time, step, kinds
        self._tree = StateTree.from_items(rows.items())
        self.app_hashes: list[Digest] = [self._tree.root]

    def block(self, *transactions: bytes, misbehaviour: Sequence[Misbehaviour] = ()) -> tuple[TransactionOutcome, ...]:
        """The next block, one step of time later, with these transactions."""
        self.height, self.time = self.height + 1, self.time + self._step
        context = BlockContext(self.height, self.time, self.app_hashes[-1])
        executed = execute_block(self.rows, context, transactions, self._kinds, misbehaviour=misbehaviour)
        self.rows.take(executed.changes)
        self._tree.update(executed.changes)
        for log, _, leaf in executed.appends:
            self.logs.setdefault(log, []).append(leaf)
        self.app_hashes.append(self._tree.root)
        return executed.outcomes

    def one(self, transaction: bytes) -> TransactionOutcome:
        """The outcome of a block with just this transaction."""
        return self.block(transaction)[0]

    def end(self) -> End:
        """The end of this chain, which is closed, if the next header came one step later."""
        closing = queries.closing(self.rows)
        height = self.height if closing is None else closing.height
        log = range_at(self.rows, ROOT_LOG)
        time, header = self.time + self._step, sha256(b"the header that proves the end")
        return End(height + 1, time, header, self.app_hashes[-1], log.size, log.root())

    def must(self, *transactions: bytes) -> None:
        """Each transaction in a block of its own, all accepted."""
        for transaction in transactions:
            outcome = self.one(transaction)
            assert outcome.code == "ok", outcome
