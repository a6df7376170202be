"""A ledger whose results come later: an engine in memory, with a queue before its blocks.

    ledger = QueuedLedger(genesis, sim_validator(), clock)
    tickets = ledger.broadcast([first, second, third])
    ledger.make_block()                    third and second, in this order; first still waits
    ledger.await_result(tickets[0], MINUTE)

What the embedded engine never does and a network does: the transactions of one broadcast fall into
several blocks, the newest first; a result may be lost while its transaction is executed later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Self

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import Signer
from veriwatt.errors import NotFound
from veriwatt.ids import Digest
from veriwatt.ledger.embedded.block import Chain, StoredBlock, finalise
from veriwatt.ledger.executed_items import carried_by, executed_items
from veriwatt.ledger.result_codes import BlockResult, block_result
from veriwatt.machine.app import TransactionOutcome, execute_block
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import BlockContext, range_at
from veriwatt.merkle.state_tree import StateTree
from veriwatt.merkle.tree import AllNodes, leaf_hash, path_of
from veriwatt.model.chain.anchor import NO_LEAF
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.ports.ledger import Block, ExecutedTransaction, Head, LogProof, Result, ResultUnknown, StateProof, Ticket
from veriwatt.testing.clocks import SimClock
from veriwatt.units import SECOND, UtcMillis

PER_BLOCK = 2
"""Transactions in a block."""

INTERVAL = SECOND
"""Between two blocks, on the simulated clock."""


class QueuedLedger:
    """A `LedgerEngine`; waiting for a result makes blocks until it is there."""

    def __init__(self, genesis: Genesis, signer: Signer, clock: SimClock) -> None:
        rows = genesis_rows(genesis)
        self.genesis, self.chain_id, self._signer, self._clock = genesis, genesis.chain_id, signer, clock
        self._chain, self._mutex = Chain.of(genesis), RLock()
        self._waiting, self._results = dict[Ticket, bytes](), dict[Ticket, Result]()
        self._blocks, self._logs, self._lost = list[StoredBlock](), dict[bytes, list[bytes]](), 0
        self._rows, self._tree = rows, StateTree.from_items(rows.items())
        self._append(max(clock.now(), genesis.time), (), ())

    def lose_results(self, count: int) -> None:
        """Let the next `count` waits end without a result and without a block."""
        self._lost = count

    def make_block(self) -> None:
        """One block with the newest waiting transactions, and the empty one whose header proves its state."""
        with self._mutex:
            self._clock.advance_to(self._clock.now() + INTERVAL)
            offered = [self._waiting.popitem() for _ in range(min(PER_BLOCK, len(self._waiting)))]
            outcomes = self._execute([raw for _, raw in offered])
            for (ticket, _), outcome in zip(offered, outcomes, strict=True):
                self._results[ticket] = self._result(outcome)
                self._results |= {sha256(raw): self._result(carried) for raw, carried in outcome.carried}

    def broadcast(self, transactions: Sequence[bytes]) -> tuple[Ticket, ...]:
        with self._mutex:
            tickets = tuple(sha256(raw) for raw in transactions)
            for ticket, raw in zip(tickets, transactions, strict=True):
                self._waiting[ticket] = raw
                self._results.pop(ticket, None)
            return tickets

    def await_result(self, ticket: Ticket, within: int) -> Result:
        with self._mutex:
            if self._lost:
                self._lost -= 1
                raise ResultUnknown(ticket, within)
            deadline = self._clock.now() + within
            while ticket not in self._results:
                if not self._waits(ticket) or self._clock.now() + INTERVAL > deadline:
                    raise ResultUnknown(ticket, within)
                self.make_block()
            return self._results[ticket]

    @contextmanager
    def snapshot(self) -> Iterator[MemorySnapshot]:
        with self._mutex:
            newest = self._chain.light_block(self._blocks[-1])
            taken = MemorySnapshot(newest, MemoryRows(self._rows), self._tree, self._logs)
        yield taken

    def head(self) -> Head:
        with self.snapshot() as now:
            return now.head

    def next_time(self) -> UtcMillis:
        return max(self._clock.now(), self._blocks[-1].header.time_ms + 1)

    def renew_next_time(self) -> None:
        """It is the clock's."""

    def sign_fresh_head(self) -> None:
        """Its scenario makes the blocks."""

    def get(self, key: bytes) -> bytes | None:
        return self._rows.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return MemoryRows(self._rows).scan(prefix)

    def light_block(self, height: int) -> LightBlock:
        if not 0 < height <= len(self._blocks):
            raise NotFound(f"the ledger has no block {height}")
        return self._chain.light_block(self._blocks[height - 1])

    def executed(self, height: int = 1) -> Iterator[ExecutedTransaction]:
        for block in self._blocks[height - 1 :]:
            at = block.header.height
            for raw, result in zip(block.transactions, block.results, strict=True):
                yield from executed_items(raw, result, at, self._time_after(at))

    def block(self, height: int) -> Block:
        self.light_block(height)
        return self._blocks[height - 1].as_executed()

    def close(self) -> None:
        """Nothing is open."""

    def check_in_place(self) -> None:
        """It has no files."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _execute(self, transactions: Sequence[bytes]) -> tuple[TransactionOutcome, ...]:
        header, time = self._blocks[-1].header, self.next_time()
        block = BlockContext(header.height + 1, time, Digest(header.app_hash))
        executed = execute_block(MemoryRows(self._rows), block, transactions)
        entries = [(raw, block_result(o)) for raw, o in zip(transactions, executed.outcomes, strict=True) if o.executed]
        if entries:
            self._append(time, [raw for raw, _ in entries], [result for _, result in entries])
            rows = {**self._rows, **executed.changes}
            self._rows = {key: value for key, value in rows.items() if value is not None}
            self._tree = self._tree.copy()
            self._tree.update(executed.changes)
            for log, _, leaf in executed.appends:
                self._logs.setdefault(log, []).append(leaf)
            self._append(time + 1, (), ())
        return executed.outcomes

    def _waits(self, ticket: Ticket) -> bool:
        """Whether the transaction waits for a block, alone or in a bundle."""
        carried = (sha256(each) for raw in self._waiting.values() for each in carried_by(raw))
        return ticket in self._waiting or ticket in carried

    def _append(self, time: UtcMillis, transactions: Sequence[bytes], results: Sequence[BlockResult]) -> None:
        before = self._blocks[-1] if self._blocks else None
        header = self._chain.next_header(before, time, transactions, self._tree.root)
        self._blocks.append(finalise(header, transactions, results, self._signer))

    def _result(self, outcome: TransactionOutcome) -> Result:
        newest = self._blocks[-1].header
        if outcome.height >= newest.height:
            return Result(outcome.code, outcome.text, newest.height, newest.time_ms)
        return Result(outcome.code, outcome.text, outcome.height, self._time_after(outcome.height))

    def _time_after(self, height: int) -> UtcMillis:
        return self._blocks[height].header.time_ms


@dataclass(frozen=True, slots=True)
class MemorySnapshot:
    """A `Snapshot` of rows that nobody changes; of a log only the leaves that they count."""

    light: LightBlock
    rows: MemoryRows
    tree: StateTree
    logs: Mapping[bytes, Sequence[bytes]]

    @property
    def head(self) -> Head:
        header, leaves = self.light.header, list(self.log_leaves(ROOT_LOG))
        newest = leaf_hash(leaves[-1]) if leaves else NO_LEAF
        return Head(header.height, header.time_ms, Digest(header.app_hash), len(leaves), newest)

    def get(self, key: bytes) -> bytes | None:
        return self.rows.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self.rows.scan(prefix)

    def prove(self, keys: Sequence[bytes]) -> StateProof:
        return StateProof(self.light, {key: self.rows.get(key) for key in keys}, self.tree.prove(keys))

    def log_proof(self, log: bytes, index: int) -> LogProof:
        leaf, hashes = self.log_leaf(log, index), [leaf_hash(each) for each in self.log_leaves(log)]
        return LogProof(leaf, index, len(hashes), path_of(hashes, index))

    def log_leaf(self, log: bytes, index: int) -> bytes:
        leaves = list(self.log_leaves(log))
        if not 0 <= index < len(leaves):
            raise NotFound(f"log {log!r} has no leaf {index}")
        return leaves[index]

    def log_leaves(self, log: bytes, start: int = 0) -> Iterator[bytes]:
        return iter(self.logs.get(log, ())[start : range_at(self.rows, log).size])

    def log_nodes(self, log: bytes) -> AllNodes:
        return AllNodes([leaf_hash(each) for each in self.log_leaves(log)])
