"""Making blocks of the embedded ledger: execute, sign, and write a block and its proof block in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from veriwatt.crypto.signing import Signer
from veriwatt.ids import Digest
from veriwatt.ledger.embedded.block import Chain, StoredBlock, finalise
from veriwatt.ledger.embedded.stored_blocks import StoredBlocks
from veriwatt.ledger.result_codes import block_result
from veriwatt.ledger.rows.cached_rows import CachedRows
from veriwatt.ledger.rows.export import FirstState
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.app import ExecutedBlock, TransactionOutcome, execute_block
from veriwatt.machine.envelopes import Envelopes
from veriwatt.machine.governance.queries import closing
from veriwatt.machine.refusals import ValidatorsFixed
from veriwatt.machine.state import BlockContext
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.clock import Clock
from veriwatt.ports.ledger import HEARTBEAT, Result


class MadeResult(NamedTuple):
    """The result of a transaction or bundle, and those of the transactions that the bundle carried."""

    result: Result
    carried: tuple[tuple[bytes, Result], ...]


class BlockMaker:
    """Appends blocks to `tables`, signed by the one validator; used by one thread at a time."""

    def __init__(
        self, tables: Tables, chain: Chain, blocks: StoredBlocks, signer: Signer, clock: Clock, envelopes: Envelopes
    ) -> None:
        self._tables, self._chain, self._blocks, self._signer, self._clock = tables, chain, blocks, signer, clock
        self._envelopes = envelopes
        self._rows = CachedRows(tables)

    def write_genesis(self, genesis: Genesis, begins: FirstState) -> None:
        """Write the genesis, its state, and the first block, which proves that state; durable on return."""
        tree = StateTree.from_items(begins.rows.items())
        header = self._chain.next_header(None, max(self._clock.now(), genesis.time), (), tree.root)
        first = finalise(header, (), (), self._signer)
        blocks = [(0, genesis.to_bytes()), (first.header.height, first.to_bytes())]
        self._tables.create(blocks, begins.rows, begins.leaves)
        self._blocks.cache(first, tree)

    def execute(self, transactions: Sequence[bytes]) -> list[MadeResult]:
        """Execute transactions and bundles in one block, durable on return; makes no block when none is executed.

        Raises:
            ValidatorsFixed: one of them would change the validators, which this engine cannot; nothing was written.
            Unavailable: nothing was written.
            Unsettled: the commit was not confirmed.
        """
        tip = self._blocks.newest(self._tables)
        tree = self._blocks.tree(self._tables, tip)
        time = max(self._clock.now(), tip.header.time_ms + 1)
        block = BlockContext(tip.header.height + 1, time, Digest(tip.header.app_hash))
        executed = execute_block(self._rows, block, transactions, envelopes=self._envelopes)
        if executed.validators:
            raise ValidatorsFixed
        if any(outcome.executed for outcome in executed.outcomes):
            tip = self._commit(tip, tree, block, transactions, executed)
        return [
            MadeResult(
                self._result(outcome, tip),
                tuple([(each.transaction, self._result(each.outcome, tip)) for each in outcome.carried]),
            )
            for outcome in executed.outcomes
        ]

    def sign_fresh_head(self) -> None:
        """Append an empty block if the newest header is older than `HEARTBEAT`; it changes no state.

        A ledger that has ended gets none: its successor names the header that proves the end.

        Raises:
            Unavailable: nothing was written.
            Unsettled: the commit was not confirmed.
        """
        tip, now = self._blocks.newest(self._tables), self._clock.now()
        if now - tip.header.time_ms < HEARTBEAT or closing(self._tables) is not None:
            return
        tree = self._blocks.tree(self._tables, tip)
        made = finalise(self._chain.next_header(tip, now, (), tree.root), (), (), self._signer)
        self._tables.write([(made.header.height, made.to_bytes())], {}, [])
        self._blocks.cache(made, tree)

    def _commit(
        self, tip: StoredBlock, tree: StateTree, block: BlockContext, offered: Sequence[bytes], executed: ExecutedBlock
    ) -> StoredBlock:
        """Write the block and its proof block; returns the proof block."""
        entries = [(raw, block_result(o)) for raw, o in zip(offered, executed.outcomes, strict=True) if o.executed]
        transactions, results = [raw for raw, _ in entries], [result for _, result in entries]
        after = tree.copy()
        after.update(executed.changes)
        header = self._chain.next_header(tip, block.time, transactions, block.app_hash)
        made = finalise(header, transactions, results, self._signer)
        proof_time = max(self._clock.now(), block.time + 1)
        proof = finalise(self._chain.next_header(made, proof_time, (), after.root), (), (), self._signer)
        rows = [(each.header.height, each.to_bytes()) for each in (made, proof)]
        self._write(rows, executed)
        self._blocks.cache(proof, after)
        return proof

    def _write(self, rows: Sequence[tuple[int, bytes]], executed: ExecutedBlock) -> None:
        try:
            self._tables.write(rows, executed.changes, executed.appends)
        except BaseException:
            self._rows.forget()  # they may have been written all the same
            raise
        self._rows.written(executed.changes)

    def _result(self, outcome: TransactionOutcome, newest: StoredBlock) -> Result:
        tip = newest.header
        if not outcome.executed and outcome.height > tip.height:
            return Result(outcome.code, outcome.text, tip.height, tip.time_ms)
        at_tip = tip.height == outcome.height + 1
        time = tip.time_ms if at_tip else self._blocks.time_after(self._tables, outcome.height)
        return Result(outcome.code, outcome.text, outcome.height, time)
