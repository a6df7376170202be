"""Making blocks of the embedded ledger: execute, sign, and write a block and its proof block in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.crypto.signing import Signer
from veriwatt.ids import Digest
from veriwatt.ledger.embedded.block import Chain, StoredBlock, finalise
from veriwatt.ledger.embedded.stored_blocks import StoredBlocks
from veriwatt.ledger.embedded.tables import Tables
from veriwatt.machine.app import ExecutedBlock, TransactionOutcome, execute_block
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.state import BlockContext
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.clock import Clock
from veriwatt.ports.ledger import HEARTBEAT, Result


class BlockMaker:
    """Appends blocks to `tables`, signed by the one validator; used by one thread at a time."""

    def __init__(self, tables: Tables, chain: Chain, blocks: StoredBlocks, signer: Signer, clock: Clock) -> None:
        self._tables, self._chain, self._blocks, self._signer, self._clock = tables, chain, blocks, signer, clock

    def write_genesis(self, genesis: Genesis) -> None:
        """Write the genesis, its state, and the first block, which proves that state; durable on return."""
        rows = genesis_rows(genesis)
        tree = StateTree.from_items(rows.items())
        header = self._chain.next_header(None, max(self._clock.now(), genesis.time), (), tree.root)
        first = finalise(header, (), (), self._signer)
        self._tables.create(genesis.to_bytes(), first.to_bytes(), rows)
        self._blocks.cache(first, tree)

    def execute(self, transactions: Sequence[bytes]) -> list[Result]:
        """Execute the transactions in one block, durable on return; makes no block when none of them is executed.

        Raises:
            Unavailable: nothing was written.
            Unsettled: the commit was not confirmed.
        """
        tip = self._blocks.newest(self._tables)
        tree = self._blocks.tree(self._tables, tip)
        time = max(self._clock.now(), tip.header.time_ms + 1)
        block = BlockContext(tip.header.height + 1, time, Digest(tip.header.app_hash))
        executed = execute_block(self._tables, block, transactions)
        if any(outcome.executed for outcome in executed.outcomes):
            tip = self._commit(tip, tree, block, transactions, executed)
        return [self._result(outcome, tip) for outcome in executed.outcomes]

    def sign_fresh_head(self) -> None:
        """Append an empty block if the newest header is older than `HEARTBEAT`; it changes no state.

        Raises:
            Unavailable: nothing was written.
            Unsettled: the commit was not confirmed.
        """
        tip, now = self._blocks.newest(self._tables), self._clock.now()
        if now - tip.header.time_ms < HEARTBEAT:
            return
        tree = self._blocks.tree(self._tables, tip)
        made = finalise(self._chain.next_header(tip, now, (), tree.root), (), (), self._signer)
        self._tables.write([(made.header.height, made.to_bytes())], {}, [])
        self._blocks.cache(made, tree)

    def _commit(
        self, tip: StoredBlock, tree: StateTree, block: BlockContext, offered: Sequence[bytes], executed: ExecutedBlock
    ) -> StoredBlock:
        """Write the block and its proof block; returns the proof block."""
        entries = [(raw, o.code) for raw, o in zip(offered, executed.outcomes, strict=True) if o.executed]
        transactions, codes = [raw for raw, _ in entries], [code for _, code in entries]
        after = tree.copy()
        after.update(executed.changes)
        header = self._chain.next_header(tip, block.time, transactions, block.app_hash)
        made = finalise(header, transactions, codes, self._signer)
        proof_time = max(self._clock.now(), block.time + 1)
        proof = finalise(self._chain.next_header(made, proof_time, (), after.root), (), (), self._signer)
        rows = [(each.header.height, each.to_bytes()) for each in (made, proof)]
        self._tables.write(rows, executed.changes, executed.appends)
        self._blocks.cache(proof, after)
        return proof

    def _result(self, outcome: TransactionOutcome, newest: StoredBlock) -> Result:
        tip = newest.header
        if not outcome.executed and outcome.height > tip.height:
            return Result(outcome.code, outcome.text, tip.height, tip.time_ms)
        at_tip = tip.height == outcome.height + 1
        time = tip.time_ms if at_tip else self._blocks.time_after(self._tables, outcome.height)
        return Result(outcome.code, outcome.text, outcome.height, time)
