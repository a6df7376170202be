"""The embedded ledger: `ports.Ledger` over one SQLite file with one signer.

A submit is one durable transaction of the file with two blocks: h with the transactions, and the
empty h + 1 whose header holds the root of the state that h made. So every state has its proof at
once, and the newest block always is such a proof block. Spec: docs/spec/ledger.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from sqlite3 import Connection
from threading import RLock
from typing import Self

from veriwatt.crypto.signing import Signer
from veriwatt.errors import Corrupted, Malformed, NotFound, Refused, Unavailable
from veriwatt.ids import Digest
from veriwatt.ledger.embedded.block import Chain, StoredBlock, finalise
from veriwatt.ledger.embedded.leaf_nodes import LeafNodes
from veriwatt.ledger.embedded.lock import WriterLock
from veriwatt.ledger.embedded.stored_blocks import StoredBlocks
from veriwatt.ledger.embedded.tables import Tables
from veriwatt.machine.app import ExecutedBlock, TransactionOutcome, execute_block
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.state import BlockContext, range_at
from veriwatt.machine.version import check_machine
from veriwatt.merkle.state import StateTree
from veriwatt.merkle.tree import inclusion_path, leaf_hash
from veriwatt.model.chain.anchor import NO_LEAF
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.ports.clock import Clock
from veriwatt.ports.ledger import ExecutedTransaction as PlacedTransaction
from veriwatt.ports.ledger import Head, LogProof, Result, StateProof

LOCK_NAME = "ledger.lock"
LEAF_PAGE = 1024


class EmbeddedLedger:
    """One ledger file, opened for writing with a signer or for reading without. Callable from many threads.

    A reader follows what a writer in another process commits. Files are not verified when opened:
    `prove` and `submit` first check the state rows against the newest header; `ledger.audit` checks all.
    """

    def __init__(
        self, path: Path, signer: Signer | None, clock: Clock, connection: type[Connection] = Connection
    ) -> None:
        """Use `create` or `open`."""
        self._mutex, self._signer, self._clock = RLock(), signer, clock
        self._lock = None if signer is None else WriterLock(path.with_name(LOCK_NAME))
        try:
            self._tables = Tables(path, writable=signer is not None, connection=connection)
        except BaseException:
            self._release()
            raise
        self._nodes: dict[bytes, LeafNodes] = {}

    @classmethod
    def create(cls, path: Path, genesis: Genesis, signer: Signer, clock: Clock) -> Self:
        """Begin the ledger of `genesis` at `path`; durable on return.

        Raises:
            Refused: there is a ledger already, or `signer` is not the one validator of the genesis.
            Unavailable: another process holds it, or the place cannot be written.
        """
        if not path.parent.is_dir():
            raise Unavailable(f"there is no directory {path.parent} to create a ledger in")
        ledger = cls(path, signer, clock)
        try:
            if ledger._tables.has_blocks():
                raise Refused(f"there is a ledger at {path} already")
            ledger._begin(genesis, signer)
            _sync_directory(path.parent)
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def open(cls, path: Path, signer: Signer | None, clock: Clock, connection: type[Connection] = Connection) -> Self:
        """The ledger at `path`; without a signer for reading only.

        Raises:
            NotFound: there is no ledger.
            Refused: the signer is another one than the ledger's; WrongMachine: of another version.
            Unavailable: another process holds it for writing.
            Corrupted: genesis or newest block are broken.
        """
        if not path.is_file():
            raise NotFound(f"there is no ledger at {path}")
        ledger = cls(path, signer, clock, connection)
        try:
            ledger._load_genesis(path)
        except BaseException:
            ledger.close()
            raise
        return ledger

    def close(self) -> None:
        """Let go of file and lock; nothing may be called afterwards."""
        with self._mutex:
            self._tables.close()
            self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def chain_id(self) -> str:
        return self._chain.chain_id

    @property
    def genesis(self) -> Genesis:
        return self._genesis

    def submit(self, transactions: Sequence[bytes]) -> tuple[Result, ...]:
        """Execute the transactions in one block; see `ports.Ledger`.

        What is not authentic, or was executed before, gets its result and no place in the block. When
        nothing is left no block is made.

        Raises:
            Unavailable: nothing happened.
            Unsettled: it may have happened; submit the same transactions again to learn their results.
        """
        if self._signer is None:
            raise RuntimeError("the ledger is open for reading only")
        with self._mutex:
            tip, tree = self._blocks.newest_with_tree()
            time = max(self._clock.now(), tip.header.time_ms + 1)
            block = BlockContext(tip.header.height + 1, time, Digest(tip.header.app_hash))
            executed = execute_block(self._tables, block, transactions)
            if any(outcome.executed for outcome in executed.outcomes):
                self._commit(tip, tree, block, transactions, executed, self._signer)
            newest = self._blocks.newest()
            return tuple(self._result(outcome, newest) for outcome in executed.outcomes)

    def head(self) -> Head:
        with self._mutex, self._tables.snapshot():
            tip, log = self._blocks.newest(), range_at(self._tables, ROOT_LOG)
            leaf = self._tables.leaf(ROOT_LOG, log.size - 1) if log.size else None
            newest = NO_LEAF if leaf is None else leaf_hash(leaf)
            return Head(tip.header.height, tip.header.time_ms, Digest(tip.header.app_hash), log.size, newest)

    def get(self, key: bytes) -> bytes | None:
        with self._mutex:
            return self._tables.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        with self._mutex:
            return iter(list(self._tables.scan(prefix)))

    def prove(self, keys: Sequence[bytes]) -> StateProof:
        with self._mutex, self._tables.snapshot():
            tip, tree = self._blocks.newest_with_tree()
            values = {key: self._tables.get(key) for key in keys}
            return StateProof(self._chain.light_block(tip), values, tree.prove(keys))

    def log_proof(self, log: bytes, index: int) -> LogProof:
        with self._mutex, self._tables.snapshot():
            leaf, size = self._leaf(log, index)
            nodes = self._nodes.setdefault(log, LeafNodes(self._tables, log))
            return LogProof(leaf, index, size, inclusion_path(nodes, index, size))

    def log_leaf(self, log: bytes, index: int) -> bytes:
        with self._mutex, self._tables.snapshot():
            return self._leaf(log, index)[0]

    def log_leaves(self, log: bytes, start: int = 0) -> Iterator[bytes]:
        while True:
            with self._mutex:
                page = self._tables.leaves(log, start, LEAF_PAGE)
            yield from page
            if len(page) < LEAF_PAGE:
                return
            start += LEAF_PAGE

    def light_block(self, height: int) -> LightBlock:
        with self._mutex:
            return self._chain.light_block(self._blocks.at(height))

    def transactions(self, height: int) -> tuple[tuple[bytes, str], ...]:
        """The transactions of block `height`, each with the code of its result; NotFound beyond the head."""
        with self._mutex:
            block = self._blocks.at(height)
            return tuple(zip(block.transactions, block.codes, strict=True))

    def executed(self, height: int = 1) -> Iterator[PlacedTransaction]:
        """The transactions from block `height` on; a refused one is told by its code alone, its words are not kept."""
        last = self.head().height
        for at in range(height, last + 1):
            if placed := self.transactions(at):
                time = self.light_block(at + 1).header.time_ms
                yield from (PlacedTransaction(raw, Result(code, "", at, time)) for raw, code in placed)

    def _begin(self, genesis: Genesis, signer: Signer) -> None:
        self._take_genesis(genesis)
        rows = genesis_rows(genesis)
        tree = StateTree.from_items(rows.items())
        header = self._chain.next_header(None, max(self._clock.now(), genesis.time), (), tree.root)
        first = finalise(header, (), (), signer)
        self._tables.create(genesis.to_bytes(), first.to_bytes(), rows)
        self._blocks.take(first, tree)

    def _load_genesis(self, path: Path) -> None:
        raw = self._tables.block(0) if self._tables.has_blocks() else None
        if raw is None:
            raise NotFound(f"the file {path} holds no ledger; its creation did not finish")
        try:
            genesis = Genesis.from_bytes(raw)
        except Malformed as error:
            raise Corrupted(f"blocks, row 0: {error}") from error
        check_machine(genesis.machine_version)
        self._take_genesis(genesis)
        self._blocks.newest()

    def _take_genesis(self, genesis: Genesis) -> None:
        keys = [validator.key for validator in genesis.validators]
        if len(keys) != 1:
            raise Refused(f"an embedded ledger has one validator, this genesis names {len(keys)}")
        if self._signer is not None and self._signer.public != keys[0]:
            raise Refused(f"the ledger's blocks are signed by key {keys[0].key_id}, not {self._signer.public.key_id}")
        self._genesis, self._chain = genesis, Chain.of(genesis)
        self._blocks = StoredBlocks(self._tables, self._chain)

    def _leaf(self, log: bytes, index: int) -> tuple[bytes, int]:
        """A leaf with the size of its log in the state."""
        leaf, size = self._tables.leaf(log, index), range_at(self._tables, log).size
        if leaf is None or not 0 <= index < size:
            raise NotFound(f"log {log!r} has no leaf {index}")
        return leaf, size

    def _commit(
        self,
        tip: StoredBlock,
        tree: StateTree,
        block: BlockContext,
        offered: Sequence[bytes],
        executed: ExecutedBlock,
        signer: Signer,
    ) -> None:
        kept = [(raw, o.code) for raw, o in zip(offered, executed.outcomes, strict=True) if o.executed]
        transactions, codes = [raw for raw, _ in kept], [code for _, code in kept]
        after = tree.copy()
        after.update(executed.changes)
        header = self._chain.next_header(tip, block.time, transactions, block.app_hash)
        made = finalise(header, transactions, codes, signer)
        proof_time = max(self._clock.now(), block.time + 1)
        proof = finalise(self._chain.next_header(made, proof_time, (), after.root), (), (), signer)
        rows = [(each.header.height, each.to_bytes()) for each in (made, proof)]
        self._tables.write(rows, executed.changes, executed.appends)
        self._blocks.take(proof, after)

    def _result(self, outcome: TransactionOutcome, newest: StoredBlock) -> Result:
        """The result with the time of its transaction: that of the header after its block."""
        tip = newest.header
        if not outcome.executed and outcome.height > tip.height:
            return Result(outcome.code, outcome.text, tip.height, tip.time_ms)
        after = tip if tip.height == outcome.height + 1 else self._blocks.at(outcome.height + 1).header
        return Result(outcome.code, outcome.text, outcome.height, after.time_ms)

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
