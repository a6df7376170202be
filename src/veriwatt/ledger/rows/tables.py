"""The ledger's three tables in SQLite; `state` and `log_leaves` can be derived from the blocks.

    blocks(height, block)              0 is the genesis document, then stored blocks
    state(key, value)                  the rows of the newest state
    log_leaves(log, position, leaf)    the leaves of the logs whose ranges are in the state

Write-ahead log, synchronous=FULL: a committed transaction survives a power cut. The file is not trusted: its
owner can change it; the audit finds every changed row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from veriwatt.errors import Corrupted, Unavailable, Unsettled
from veriwatt.merkle.state_proof import key_hash
from veriwatt.system.disk_errors import DiskFull, disk_error_in
from veriwatt.system.sqlite import SqliteErrors, check_format, connect, integrity_problems, make_durable

SCHEMA = {
    "blocks": "CREATE TABLE blocks (height INTEGER PRIMARY KEY, block BLOB NOT NULL) STRICT",
    "state": "CREATE TABLE state (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID",
    "log_leaves": (
        "CREATE TABLE log_leaves (log BLOB, position INTEGER, leaf BLOB NOT NULL, PRIMARY KEY (log, position))"
        " STRICT, WITHOUT ROWID"
    ),
}
FORMAT, EARLIER = 3, (2,)
"""`PRAGMA user_version` of the file, and of older files that go on (docs/spec/ledger.md)."""

FIRST_PAGE, LAST_PAGE = 4, 2048
CHECKPOINT_PAGES = 8192
"""Pages (32 MB) in the write-ahead log before they are moved to the file: many commits rewrite the same pages."""


class NotConfirmed(Unsettled):
    """A commit of the ledger file that failed while it was being made durable."""

    code = "not-confirmed"

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"the ledger could not confirm its commit ({cause}); submit the same transactions again")


class Tables:
    """One connection to the file. Only `create`, `write` and `replace` change it.

    Raises:
        Unavailable: SQLite cannot reach the file or its lock now.
        Corrupted: the file is not a database, or not a ledger's.
    """

    def __init__(
        self, path: Path, *, writable: bool, connection: type[sqlite3.Connection] = sqlite3.Connection
    ) -> None:
        self._errors = _errors(path)
        with self._errors.translated():
            self._db = connect(path, "rwc" if writable else "ro", connection)
            try:
                remedy = "run the release of veriwatt that wrote it"
                check_format(self._db, f"the ledger file {path}", FORMAT, remedy, EARLIER)
                if writable:
                    make_durable(self._db)
                    self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        self._db.close()

    def create(
        self,
        blocks: Sequence[tuple[int, bytes]],
        rows: Mapping[bytes, bytes],
        leaves: Sequence[tuple[bytes, int, bytes]] = (),
    ) -> None:
        """Make the tables with the genesis document, as block 0, further blocks, state and leaves; all or nothing."""
        with self._transaction():
            for statement in SCHEMA.values():
                self._db.execute(statement)
            self._db.executemany("INSERT INTO blocks VALUES (?, ?)", blocks)
            self._db.executemany("INSERT INTO state VALUES (?, ?)", rows.items())
            self._db.executemany("INSERT INTO log_leaves VALUES (?, ?, ?)", leaves)
            self._state_format()

    def write(
        self,
        blocks: Sequence[tuple[int, bytes]],
        changes: Mapping[bytes, bytes | None],
        leaves: Sequence[tuple[bytes, int, bytes]],
        gone: Sequence[int] = (),
    ) -> None:
        """Add blocks and leaves, delete the blocks `gone`, and change the state, all or nothing; durable on return.

        Raises:
            Unavailable: nothing was written.
            Unsettled: the commit itself failed; read the tables again to know.
        """
        puts = [(key, value) for key, value in changes.items() if value is not None]
        deletes = [(key,) for key, value in changes.items() if value is None]
        with self._transaction():
            self._db.executemany("DELETE FROM blocks WHERE height = ?", [(height,) for height in gone])
            self._db.executemany("INSERT INTO blocks VALUES (?, ?)", blocks)
            self._db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", puts)
            self._db.executemany("DELETE FROM state WHERE key = ?", deletes)
            self._db.executemany("INSERT INTO log_leaves VALUES (?, ?, ?)", leaves)
            self._state_format()

    def replace(
        self, block: tuple[int, bytes], rows: Iterable[tuple[bytes, bytes]], leaves: Iterable[tuple[bytes, int, bytes]]
    ) -> None:
        """Put these rows and leaves in the place of all others, and this block after the genesis; all or nothing.

        Raises as `write`.
        """
        with self._transaction():
            for table in ("blocks WHERE height > 0", "state", "log_leaves"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608
            self._db.execute("INSERT INTO blocks VALUES (?, ?)", block)
            self._db.executemany("INSERT INTO state VALUES (?, ?)", rows)
            self._db.executemany("INSERT INTO log_leaves VALUES (?, ?, ?)", leaves)

    def _state_format(self) -> None:
        """State the present format: *an earlier release would execute what is written now by its own rules*."""
        if self._one("PRAGMA user_version") != (FORMAT,):
            self._db.execute(f"PRAGMA user_version = {FORMAT}")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads inside see one state of the file, whoever writes meanwhile."""
        with self._errors.translated():
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("ROLLBACK")

    def last_height(self) -> int:
        """The height of the newest block, 0 with the genesis alone, -1 with nothing."""
        row = self._one("SELECT max(height) FROM blocks")
        return -1 if row is None or row[0] is None else int(row[0])

    def first_height(self) -> int:
        """The height of the oldest block after the genesis, 0 with none."""
        row = self._one("SELECT min(height) FROM blocks WHERE height > 0")
        return 0 if row is None or row[0] is None else int(row[0])

    def is_empty(self) -> bool:
        """Whether the file has no table at all, as one of 0 bytes."""
        return self._one("SELECT 1 FROM sqlite_schema") is None

    def has_blocks(self) -> bool:
        return self._one("SELECT 1 FROM sqlite_schema WHERE name = 'blocks'") is not None

    def block(self, height: int) -> bytes | None:
        return self._value("SELECT block FROM blocks WHERE height = ?", (height,))

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """Every row, by height."""
        with self._errors.translated():
            yield from self._db.execute("SELECT height, block FROM blocks ORDER BY height")

    def get(self, key: bytes) -> bytes | None:
        return self._value("SELECT value FROM state WHERE key = ?", (key,))

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The rows of a prefix by key, in growing pages: the first rows cost little."""
        after, limit = prefix, FIRST_PAGE
        compare = ">="
        while True:
            page = self._all(f"SELECT key, value FROM state WHERE key {compare} ? ORDER BY key LIMIT ?", (after, limit))  # noqa: S608
            for key, value in page:
                if not key.startswith(prefix):
                    return
                yield key, value
            if len(page) < limit:
                return
            after, compare, limit = page[-1][0], ">", min(8 * limit, LAST_PAGE)

    def scan_by_hash(self) -> Iterator[tuple[bytes, bytes]]:
        """Every row, by the hash of its key; SQLite sorts the keys alone, in memory and then in files of its own."""
        with self._errors.translated():
            self._db.create_function("key_hash", 1, key_hash, deterministic=True)
            keys = self._db.execute("SELECT key FROM state ORDER BY key_hash(key)")
            for (key,) in keys:
                yield from self._db.execute("SELECT key, value FROM state WHERE key = ?", (key,))

    def leaf(self, log: bytes, position: int) -> bytes | None:
        return self._value("SELECT leaf FROM log_leaves WHERE log = ? AND position = ?", (log, position))

    def leaves(self, log: bytes, start: int, count: int) -> list[bytes]:
        """Up to `count` leaves from `start` on."""
        rows = self._all(
            "SELECT leaf FROM log_leaves WHERE log = ? AND position >= ? ORDER BY position LIMIT ?", (log, start, count)
        )
        return [leaf for (leaf,) in rows]

    def all_leaves(self) -> Iterator[tuple[bytes, int, bytes]]:
        """Every row, by log and position."""
        with self._errors.translated():
            yield from self._db.execute("SELECT log, position, leaf FROM log_leaves ORDER BY log, position")

    def count_state(self) -> int:
        row = self._one("SELECT count(*) FROM state")
        return int(row[0]) if row else 0

    def foreign_schema(self) -> list[tuple[str, str]]:
        """(name, problem) for every table, index, view or trigger that is missing, changed or foreign."""
        found = dict(self._all("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL", ()))
        named = sorted(SCHEMA.keys() | found.keys())
        return [(name, "is not the table we make") for name in named if found.get(name) != SCHEMA.get(name)]

    def missing_tables(self) -> bool:
        return not {name for (name,) in self._all("SELECT name FROM sqlite_schema", ())}.issuperset(SCHEMA)

    def file_damage(self) -> list[str]:
        """The damage that SQLite itself finds in the file, at most a hundred lines."""
        with self._errors.translated():
            return integrity_problems(self._db)

    def _value(self, sql: str, values: tuple[object, ...]) -> bytes | None:
        row = self._one(sql, values)
        return None if row is None else row[0]

    def _one(self, sql: str, values: tuple[object, ...] = ()) -> tuple[Any, ...] | None:
        try:
            row: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
        except sqlite3.DatabaseError as error:
            raise self._errors.of(error) from error
        return row

    def _all(self, sql: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._errors.translated():
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._errors.translated():
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
            except BaseException:
                self._roll_back()
                raise
        try:
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise NotConfirmed(error) from error

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")


def _errors(path: Path) -> SqliteErrors:
    def unavailable(text: str) -> Unavailable:
        return disk_error_in(text, path) or Unavailable(f"the ledger file {path} cannot be used now: {text}")

    return SqliteErrors(
        busy=unavailable,
        full=lambda _: DiskFull(path),
        damaged=lambda text: Corrupted(f"the ledger file {path} is damaged: {text}"),
    )
