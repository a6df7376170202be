"""The SQLite file under a spool: its tables, durable transactions, and its errors in the product's words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from veriwatt.errors import Unavailable
from veriwatt.terminal.spool.spool_errors import SpoolDamaged, SpoolFull

_VERSION = 1
_SCHEMA = """
CREATE TABLE samples (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    point TEXT NOT NULL,
    slot_start INTEGER NOT NULL,
    slot_end INTEGER NOT NULL,
    value INTEGER,
    status INTEGER NOT NULL,
    collected_at INTEGER NOT NULL,
    reason TEXT,
    flags INTEGER NOT NULL,
    UNIQUE (point, slot_start)
);
CREATE TABLE points (
    point TEXT PRIMARY KEY,
    newest_end INTEGER NOT NULL,
    register INTEGER,
    register_at INTEGER,
    framed_to INTEGER NOT NULL DEFAULT -4611686018427387904
) WITHOUT ROWID;
CREATE TABLE frames (
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    frame_id BLOB NOT NULL,
    window_end INTEGER NOT NULL,
    header BLOB NOT NULL,
    signature BLOB,
    payloads BLOB NOT NULL,
    position INTEGER,
    state INTEGER NOT NULL,
    PRIMARY KEY (epoch, seq)
);
CREATE INDEX frames_by_state ON frames (state, epoch, seq);
CREATE TABLE tip (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    frame_id BLOB
);
INSERT INTO tip VALUES (1, 0, 0, NULL);
"""
_PASSING = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
)


class SpoolFile:
    """Made when it is not there. A transaction is on the disk when its block ends (WAL, synchronous FULL).

    Raises, from every method: SpoolFull when the disk is full, Unavailable when the file is locked or its disk
    fails, SpoolDamaged when the file is not what was written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._told():
            self.db = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self.db.close()
                raise

    def close(self) -> None:
        """Close the file; may be repeated."""
        self.db.close()

    def read(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._told():
            return self.db.execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed and on the disk when the block ends, rolled back when it raises."""
        with self._told():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell the database's errors in the product's words."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            told = _translate(error, self._path)
            if told is None:
                raise
            raise told from error

    def _prepare(self) -> None:
        db = self.db
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")  # consumed plaintext does not linger in free pages
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
        elif version != _VERSION:
            raise SpoolDamaged(path=str(self._path), why=f"schema version {version}, this program knows {_VERSION}")


def _translate(error: sqlite3.DatabaseError, path: Path) -> Unavailable | SpoolDamaged | None:
    """What the caller can do about `error`; None for what can only be a mistake in this program."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return SpoolFull(str(path))
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return SpoolDamaged(path=str(path), why=str(error))
        case code if code in _PASSING:
            return Unavailable(f"the spool {path} cannot be used now: {error}")
    return None
