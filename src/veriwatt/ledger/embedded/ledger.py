"""The embedded ledger: `ports.LedgerEngine` over one SQLite file with one signer.

A broadcast is one durable transaction of the file that writes two blocks: block h with the transactions, and the
empty block h + 1, whose header has the root of the state after h. So every state can be proven at once, and the
newest block is always such a proof block. Spec: docs/spec/ledger.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from threading import RLock
from typing import Self

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import Signer
from veriwatt.errors import Corrupted, Malformed, NotFound, Refused, Unavailable
from veriwatt.ledger.embedded.block import Chain
from veriwatt.ledger.embedded.block_maker import BlockMaker
from veriwatt.ledger.embedded.results import BroadcastResults
from veriwatt.ledger.embedded.snapshot import EmbeddedSnapshot
from veriwatt.ledger.embedded.stored_blocks import StoredBlocks
from veriwatt.ledger.executed_items import executed_items
from veriwatt.ledger.rows.export import LedgerExport, export_file, first_state
from veriwatt.ledger.rows.in_place import InPlace
from veriwatt.ledger.rows.leaf_nodes import NodeCache
from veriwatt.ledger.rows.lock import WriterLock
from veriwatt.ledger.rows.readers import Readers
from veriwatt.ledger.rows.stored_genesis import genesis_in
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.envelopes import CACHED_BYTES, Envelopes
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.clock import Clock
from veriwatt.ports.ledger import Block, ExecutedTransaction, Head, Result, Ticket
from veriwatt.system.disk_errors import DiskReadOnly, is_read_only
from veriwatt.system.files import DiskFiles, save
from veriwatt.units import UtcMillis


class EmbeddedLedger:
    """One ledger file, open for writing when it has a signer, else for reading. Callable from many threads.

    A reader sees what a writer in another process commits. Opening does not verify the file: `prove` and
    `broadcast` first check the state rows against the newest header; `audit` checks every row.
    """

    def __init__(
        self, path: Path, signer: Signer | None, clock: Clock, connection: type[Connection] = Connection
    ) -> None:
        """Use `create` or `open`."""
        self._mutex, self._signer, self._clock, self._path = RLock(), signer, clock, path
        self._maker: BlockMaker | None = None
        self._head: Head | None = None
        self._nodes, self._results = NodeCache(), BroadcastResults()
        self.envelopes = Envelopes(limit=CACHED_BYTES)
        """What this process parsed and verified, for whoever else in it judges the ledger's transactions."""
        self._lock = None if signer is None else WriterLock(path)
        try:
            self._tables = Tables(path, writable=signer is not None, connection=connection)
        except BaseException:
            self._release()
            raise
        log = [] if signer is None else [path.with_name(f"{path.name}-wal")]  # a reader's is the writer's to remove
        self._in_place = InPlace(path, *log)
        self._readers = Readers(path, self._in_place)

    @classmethod
    def create(
        cls, path: Path, genesis: Genesis, signer: Signer, clock: Clock, export: LedgerExport | None = None
    ) -> Self:
        """Create the ledger of `genesis` at `path`; durable on return. `export` is of its predecessor, if it has one.

        Raises:
            Malformed, NotProven: the genesis does not continue the export.
            Refused: there is a ledger already, or `signer` is not the one validator of the genesis.
            Unavailable: another process has it open for writing, or the folder cannot be written.
        """
        if not path.parent.is_dir():
            raise Unavailable(f"there is no directory {path.parent} to create a ledger in")
        begins = first_state(genesis, export)
        ledger = cls(path, signer, clock)
        try:
            if ledger._tables.has_blocks():
                raise Refused(f"there is a ledger at {path} already")
            if export is not None:
                save(DiskFiles(), export_file(path), export.to_bytes())
            ledger._set_genesis(genesis)
            ledger._writer().write_genesis(genesis, begins)
            DiskFiles().sync_folder(path.parent)
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def open(cls, path: Path, signer: Signer | None, clock: Clock, connection: type[Connection] = Connection) -> Self:
        """Open the ledger at `path`; without a signer for reading only.

        Raises:
            NotFound: there is no ledger.
            Refused: `signer` is not the ledger's validator, or (WrongMachine) the ledger needs another machine version.
            Unavailable: another process has it open for writing.
            Corrupted: the genesis or the newest block is damaged.
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
        """Close the file and release the lock; nothing may be called afterwards."""
        with self._mutex:
            self._readers.close()
            self._tables.close()  # last, because the writer alone can move the write-ahead log to the file
            self._release()

    def check_in_place(self) -> None:
        """Raise LedgerReplaced once the files were moved away or replaced under this process."""
        self._in_place.check()

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

    def broadcast(self, transactions: Sequence[bytes]) -> tuple[Ticket, ...]:
        """Execute the transactions in one block; see `ports.Ledger`. Their results are final on return.

        A transaction that is not authentic, or that was executed before, gets its result and is left out of the
        block, and so is a bundle of such alone. When nothing remains, no block is made.

        Raises:
            ValidatorsFixed: one of them would change the validators; nothing was executed.
            Unavailable: nothing was executed.
            Unsettled: the transactions may have been executed; broadcast the same bytes again to learn the results.
            LedgerReplaced: what was executed is in a ledger that was moved away.
        """
        tickets = tuple(sha256(raw) for raw in transactions)
        with self._mutex, self._held_in_place():
            made = self._writer().execute(transactions)
            carried = [each for item in made for each in item.carried]
            self._results.record(
                [*tickets, *(sha256(raw) for raw, _ in carried)],
                [*(item.result for item in made), *(result for _, result in carried)],
            )
        return tickets

    def await_result(self, ticket: Ticket, within: int) -> Result:
        return self._results.of(ticket, within)

    @contextmanager
    def snapshot(self) -> Iterator[EmbeddedSnapshot]:
        with self._readers.reading() as tables:
            yield EmbeddedSnapshot(tables, self._chain, self._blocks, self._nodes)

    def head(self) -> Head:
        with self.snapshot() as now:
            head = self._head
            if head is None or head.height != now.height:  # it is asked for before every batch of frames
                self._head = head = now.head
        return head

    def next_time(self) -> UtcMillis:
        """This machine's clock, and later than the newest header: the next block gets the clock's time."""
        with self._readers.reading() as tables:
            newest = self._blocks.newest(tables).header.time_ms
        return max(self._clock.now(), newest + 1)

    def renew_next_time(self) -> None:
        """It is the clock's."""

    def sign_fresh_head(self) -> None:
        """Append an empty block if the newest header is older than `HEARTBEAT` by this machine's clock."""
        with self._mutex, self._held_in_place():
            self._writer().sign_fresh_head()

    def get(self, key: bytes) -> bytes | None:
        with self._readers.reading() as tables:
            return tables.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        with self._readers.reading() as tables:
            return iter(list(tables.scan(prefix)))

    def light_block(self, height: int) -> LightBlock:
        with self._readers.reading() as tables:
            return self._chain.light_block(self._blocks.at(tables, height))

    def executed(self, height: int = 1) -> Iterator[ExecutedTransaction]:
        """The transactions from block `height` on; a refused transaction has its code, and no text."""
        for at in range(max(height, self._genesis.first_height), self.head().height):
            with self._readers.reading() as tables:
                block = self._blocks.at(tables, at)
                time = self._blocks.time_after(tables, at) if block.transactions else 0
            for raw, result in zip(block.transactions, block.results, strict=True):
                try:
                    yield from executed_items(raw, result, at, time)
                except Malformed as error:
                    raise Corrupted(f"blocks, row {at}: {error}") from error

    def block(self, height: int) -> Block:
        with self._readers.reading() as tables:
            return self._blocks.at(tables, height).as_executed()

    def _load_genesis(self, path: Path) -> None:
        self._set_genesis(genesis_in(self._tables, path))
        self._blocks.newest(self._tables)

    def _set_genesis(self, genesis: Genesis) -> None:
        keys = [validator.key for validator in genesis.validators]
        if len(keys) != 1:
            raise Refused(f"an embedded ledger has one validator, this genesis names {len(keys)}")
        if self._signer is not None and self._signer.public != keys[0]:
            raise Refused(f"the ledger's blocks are signed by key {keys[0].key_id}, not {self._signer.public.key_id}")
        self._genesis, self._chain = genesis, Chain.of(genesis)
        self._blocks = StoredBlocks(self._chain)
        if self._signer is not None:
            self._maker = BlockMaker(self._tables, self._chain, self._blocks, self._signer, self._clock, self.envelopes)

    def _writer(self) -> BlockMaker:
        if self._maker is None:
            if is_read_only(self._path):
                raise DiskReadOnly(self._path)
            raise RuntimeError("the ledger is open for reading only")
        return self._maker

    @contextmanager
    def _held_in_place(self) -> Iterator[None]:
        """Check the place before the block, and after what it wrote is durable."""
        self._in_place.check()
        yield
        self._in_place.check()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None
