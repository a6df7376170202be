"""The index from hashes to blocks in SQLite: hashes of blocks and states, digests of transactions and bundles.

It is derived from the ledger's blocks alone: if the file is deleted, it is made again. It follows the ledger when it is
asked, some blocks at a time, so that making a block never waits for it; whoever finds something compares it with the
block itself, so that a wrong row only costs the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from threading import Lock

from veriwatt.errors import Corrupted, Malformed, NotFound, Unavailable, WrongFormat
from veriwatt.ids import Digest
from veriwatt.model.ledger.bundle import is_bundle, parse_bundle, parse_results_data
from veriwatt.model.ledger.transaction import digest_in
from veriwatt.ports.ledger import Block, BlockItem, Ledger
from veriwatt.readmodel.frame_index import delete_index
from veriwatt.system.disk_errors import DiskFull, disk_error_in, is_read_only
from veriwatt.system.sqlite import MEMORY, SqliteErrors, check_format, connect

FORMAT = 1
"""`PRAGMA user_version` of the file."""

SCHEMA = f"""
create table if not exists hashes(
    hash blob not null, kind text not null, height integer not null, place integer not null, carried integer,
    primary key (hash, kind)) without rowid;
create table if not exists followed(chain text not null, height integer not null);
pragma user_version = {FORMAT};
"""


class HashKind(Enum):
    """What a hash is of."""

    BLOCK = "block"
    STATE = "state"
    TRANSACTION = "transaction"
    BUNDLE = "bundle"


@dataclass(frozen=True, slots=True)
class HashPlace:
    """Where a hash is: the block of that height, of a transaction or bundle the item at `place`, counted from 0.

    `carried` is the place of a transaction in its bundle. A state's hash is the app hash of the first header with it.
    """

    hash: Digest
    kind: HashKind
    height: int
    place: int = 0
    carried: int | None = None


class HashIndexDamaged(Corrupted):
    """The index of hashes is damaged; it is derived, so it is deleted and made again."""

    code = "hash-index-damaged"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"the index of hashes {path} is damaged ({why}): it is deleted and made again")
        self.path, self.why = str(path), why


class HashIndex:
    """The index of one ledger; callable from many threads. On a read-only file system it is made in memory.

    A file that is damaged, of another format or of another ledger is deleted, and made again.
    """

    def __init__(self, path: Path, chain: str) -> None:
        self._path = MEMORY if is_read_only(path.parent) else path
        self._chain, self._lock = chain, Lock()
        try:
            self._db = self._opened()
        except (HashIndexDamaged, WrongFormat):
            delete_index(self._path)
            self._db = self._opened()

    def close(self) -> None:
        self._db.close()

    def follow(self, ledger: Ledger, most: int) -> int:
        """Take in up to `most` blocks that are new; returns how many blocks are still to be taken in.

        Raises:
            Unavailable: the file cannot be written now, or was damaged and is made again.
        """
        newest = newest_told(ledger)
        with self._held():
            done = self._followed()
            if done > newest:  # a ledger that lost blocks has others of those heights now
                self._clear()
                done = 0
            last = min(newest, done + most)
            if last > done:
                self._db.execute("begin immediate")
                with self._db:
                    rows = (row for height in range(done + 1, last + 1) for row in _rows_of(ledger, height))
                    self._db.executemany("insert or ignore into hashes values (?, ?, ?, ?, ?)", rows)
                    self._db.execute("update followed set height = ?", (last,))
        return newest - last

    def find(self, begins: bytes, most: int) -> list[HashPlace]:
        """Up to `most` hashes that begin so, by hash, in the blocks that were taken in; raises as `follow`."""
        after = begins + b"\xff" * (Digest.LENGTH - len(begins))
        sql = "select hash, kind, height, place, carried from hashes where hash between ? and ? order by hash limit ?"
        with self._held():
            found = self._db.execute(sql, (begins, after, most)).fetchall()
            try:
                return [HashPlace(Digest(h), HashKind(kind), *at) for h, kind, *at in found]
            except (Malformed, ValueError, TypeError) as error:
                raise HashIndexDamaged(self._path, str(error)) from error

    def forget(self) -> None:
        """Forget everything, so that it is made again; raises as `follow`."""
        with self._held():
            self._clear()

    @contextmanager
    def _held(self) -> Iterator[None]:
        """One thread at a time; a file that is found damaged is made anew, and the caller asks again."""
        with self._lock:
            try:
                with self._errors().translated():
                    yield
            except HashIndexDamaged as error:
                self._db.close()
                delete_index(self._path)
                self._db = self._opened()
                raise Unavailable(f"{error}; that is done, ask again") from error

    def _opened(self) -> sqlite3.Connection:
        with self._errors().translated():
            db = connect(self._path, "rwc")
            try:
                if not check_format(db, f"the index of hashes {self._path}", FORMAT, "delete it: it is made again"):
                    db.execute("pragma journal_mode = wal")
                    db.executescript(SCHEMA)
                found = db.execute("select chain from followed").fetchall()
                if found != [(self._chain,)]:
                    db.executescript("delete from hashes; delete from followed")
                    db.execute("insert into followed values (?, 0)", (self._chain,))
            except BaseException:
                db.close()
                raise
        return db

    def _followed(self) -> int:
        row = self._db.execute("select height from followed").fetchone()
        if row is None:
            raise HashIndexDamaged(self._path, "it does not say how far it has come")
        return int(row[0])

    def _clear(self) -> None:
        self._db.executescript("delete from hashes; update followed set height = 0")

    def _errors(self) -> SqliteErrors:
        def unavailable(text: str) -> Unavailable:
            failed = disk_error_in(text, self._path)
            return failed or Unavailable(f"the index of hashes {self._path} cannot be used now: {text}")

        return SqliteErrors(
            busy=unavailable,
            full=lambda _: DiskFull(self._path),
            damaged=lambda text: HashIndexDamaged(self._path, text),
        )


def newest_told(ledger: Ledger) -> int:
    """The height of the newest block that can be told: that of the head, or one less, 0 with none.

    A node that reads by proofs alone knows what stands in a block when the next header is there.
    """
    newest = ledger.head().height
    try:
        ledger.block(newest)
    except NotFound:
        return newest - 1
    return newest


def holds(block: Block, found: HashPlace) -> bool:
    """Whether the block has at that place what the index says."""
    return (found.hash, found.kind) in {(row[0], HashKind(row[1])) for row in _rows(block) if row[3:] == _at(found)}


def _at(found: HashPlace) -> tuple[int, int | None]:
    return found.place, found.carried


def _rows_of(ledger: Ledger, height: int) -> Iterator[tuple[bytes, str, int, int, int | None]]:
    """The rows of a block; none of one that this node does not have, because it began with a snapshot."""
    try:
        block = ledger.block(height)
    except NotFound:
        return iter(())
    return _rows(block)


def _rows(block: Block) -> Iterator[tuple[bytes, str, int, int, int | None]]:
    yield block.hash, HashKind.BLOCK.value, block.height, 0, None
    yield block.app_hash, HashKind.STATE.value, block.height, 0, None
    for place, item in enumerate(block.items):
        yield from ((digest, kind.value, block.height, place, at) for digest, kind, at in _digests(item))


def _digests(item: BlockItem) -> Iterator[tuple[bytes, HashKind, int | None]]:
    """The digests of an item: of a bundle its own, and those of the transactions that it executed."""
    with suppress(Malformed):
        if not is_bundle(item.raw):
            yield digest_in(item.raw), HashKind.TRANSACTION, None
            return
        bundle = parse_bundle(item.raw)
        yield bundle.digest, HashKind.BUNDLE, None
        if item.result.code == 0:
            results = parse_results_data(item.result.data)
            for at, (raw, (_, first)) in enumerate(zip(bundle.transactions, results, strict=True)):
                if first is None:
                    yield digest_in(raw), HashKind.TRANSACTION, at
