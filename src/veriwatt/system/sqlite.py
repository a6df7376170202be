"""The product's SQLite files: how they are opened, the format they say they are of, and what their errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from veriwatt.errors import VeriwattError, WrongFormat

MEMORY = Path(":memory:")
"""Stands for a database of this connection alone, gone when it is closed."""

BUSY_SECONDS = 10
"""How long a call waits for another process's transaction before it is refused as busy."""

ErrorOf: TypeAlias = Callable[[str], VeriwattError]
"""A caller's own error for a kind of failure, from SQLite's words for it."""


@dataclass(frozen=True, slots=True)
class SqliteErrors:
    """What the errors of one file mean to whoever opened it.

    Attributes:
        busy: locked, read only, unreachable, or its disk fails: the same call may succeed later.
        full: no room on the disk; nothing was changed.
        damaged: not the database that was written: broken pages, missing tables, rows that contradict each other.
    """

    busy: ErrorOf
    full: ErrorOf
    damaged: ErrorOf

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise SQLite's errors inside as the caller's own; one that is a mistake of this program passes."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            ours = self.of(error)
            if ours is error:
                raise
            raise ours from error

    def of(self, error: sqlite3.DatabaseError) -> VeriwattError | sqlite3.DatabaseError:
        """The caller's error; `error` itself when it can only be a mistake of this program."""
        text, code = str(error), getattr(error, "sqlite_errorcode", 0) & 0xFF
        if isinstance(error, sqlite3.ProgrammingError):
            return error
        if code == sqlite3.SQLITE_FULL:
            return self.full(text)
        if not isinstance(error, sqlite3.OperationalError) or text.startswith("no such "):
            return self.damaged(text)
        return error if code == sqlite3.SQLITE_ERROR else self.busy(text)


def connect(
    path: Path, mode: Literal["ro", "rwc"], connection: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """A connection in autocommit, usable from any thread, one at a time; "rwc" makes the file when it is absent."""
    return sqlite3.connect(
        "file::memory:" if path == MEMORY else f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=connection,
        cached_statements=64,
    )


def make_durable(db: sqlite3.Connection) -> None:
    """From now on a committed transaction survives a power cut: write-ahead log, synchronous FULL.

    This writes in the file; `check_format` comes first.
    """
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")


def connect_snapshot(path: Path) -> sqlite3.Connection:
    """A connection that sees one state of the file, whoever writes meanwhile, and can write nothing."""
    db = connect(path, "ro")
    try:
        db.execute("BEGIN")
    except BaseException:
        db.close()
        raise
    return db


def check_format(db: sqlite3.Connection, what: str, expected: int, remedy: str) -> bool:
    """Whether the file states its format, its `user_version`.

    0 states nothing: a file without tables, or one of format 1 from before this number was written.

    Raises:
        WrongFormat: it is of another format than `expected`.
    """
    (found,) = db.execute("PRAGMA user_version").fetchone()
    if found not in (0, expected):
        raise WrongFormat(what, found, expected, remedy)
    return bool(found)


def states_format(path: Path) -> bool:
    """Whether the database at `path` states a format, of whatever number; False when it cannot be read."""
    try:
        with closing(connect(path, "ro")) as db:
            return bool(db.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError:
        return False


def integrity_problems(db: sqlite3.Connection) -> list[str]:
    """What SQLite itself finds wrong with the file, its indexes included; at most a hundred lines."""
    return [str(line) for (line,) in db.execute("PRAGMA integrity_check") if line != "ok"]
