"""The SQLite file of a spool: its tables, its format, durable transactions, errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from veriwatt.system.disk_errors import is_read_only
from veriwatt.system.sqlite import check_format, connect, make_durable
from veriwatt.terminal.spool.spool_errors import sqlite_errors

FORMAT = 2
"""`PRAGMA user_version` of the file."""

SCHEMA = """
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
CREATE TABLE registers (
    point TEXT NOT NULL,
    at INTEGER NOT NULL,
    register INTEGER NOT NULL,
    PRIMARY KEY (point, at)
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
CREATE TABLE receipts (
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    receipt BLOB NOT NULL,
    anchored_by INTEGER NOT NULL,
    PRIMARY KEY (epoch, seq)
) WITHOUT ROWID;
CREATE TABLE restated (
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    point TEXT NOT NULL,
    PRIMARY KEY (epoch, seq, point)
) WITHOUT ROWID;
CREATE TABLE voided (
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    header BLOB NOT NULL,
    signature BLOB,
    payloads BLOB NOT NULL,
    PRIMARY KEY (epoch, seq)
) WITHOUT ROWID;
CREATE TABLE statements (
    name TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    statement BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE tip (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    frame_id BLOB
);
INSERT INTO tip VALUES (1, 0, 0, NULL);
"""

ADDED = """
CREATE TABLE IF NOT EXISTS put_aside (
    point TEXT NOT NULL,
    slot_start INTEGER NOT NULL,
    slot_end INTEGER NOT NULL,
    value INTEGER,
    status INTEGER NOT NULL,
    collected_at INTEGER NOT NULL,
    reason TEXT,
    flags INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS log_epoch (
    log_epoch INTEGER PRIMARY KEY,
    proof BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS given_up (
    log_epoch INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kept_position INTEGER,
    receipt BLOB NOT NULL,
    anchored_by INTEGER NOT NULL,
    PRIMARY KEY (log_epoch, epoch, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unopened (
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    slots INTEGER NOT NULL,
    PRIMARY KEY (epoch, seq)
) WITHOUT ROWID;
"""
"""Tables that a spool of this format may lack; without a row they mean the same."""


class SpoolFile:
    """Made when it is not there. A transaction is on the disk when its block ends (WAL, synchronous FULL).

    Raises, from every method: SpoolFull when the disk is full, Unavailable when the file is locked or its disk
    fails, SpoolDamaged when the file is not what was written. WrongFormat when the spool was written by a
    release with other tables.
    """

    def __init__(
        self, path: Path, connection: type[sqlite3.Connection] = sqlite3.Connection, *, reading: bool = False
    ) -> None:
        """With `reading` one on a read-only file system is opened too, to be read."""
        fixed = reading and path.exists() and is_read_only(path)
        self._errors = sqlite_errors(path)
        with self._errors.translated():
            self.db = connect(path, "ro" if fixed else "rwc", connection)
            try:
                if fixed:
                    check_spool_format(self.db, path)
                else:
                    self._prepare(path)
            except BaseException:
                self.db.close()
                raise

    def close(self) -> None:
        """Close the file; may be repeated."""
        self.db.close()

    def read(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._errors.translated():
            return self.db.execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed and on the disk when the block ends, rolled back when it raises."""
        with self._errors.translated():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    def _prepare(self, path: Path) -> None:
        db, made = self.db, check_spool_format(self.db, path)
        make_durable(db)
        db.execute("PRAGMA secure_delete = ON")  # consumed plaintext does not linger in free pages
        if not made:
            db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {FORMAT}; COMMIT;")
        db.executescript(ADDED)


def check_spool_format(db: sqlite3.Connection, path: Path) -> bool:
    """Whether the spool has been made, in `FORMAT`; raises WrongFormat when it was made in another one."""
    return check_format(db, f"the spool {path}", FORMAT, "run the terminal with the release of veriwatt that wrote it")
