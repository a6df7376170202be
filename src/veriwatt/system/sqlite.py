"""SQLite files: opening them, checking the format that they state, translating their errors."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

from veriwatt.errors import VeriwattError, WrongFormat
from veriwatt.system.disk_errors import is_read_only
from veriwatt.system.files import PRIVATE_FILE
from veriwatt.system.special_files import NotAFile, check_regular

MEMORY = Path(":memory:")
"""The path of a database in memory, which ends with its connection."""

BUSY_SECONDS = 10
"""Seconds that a call waits for another process's transaction before it fails as busy."""

_BESIDE = ("wal", "shm", "journal")
"""The ends of the names of the files that SQLite opens with a database."""

OPENINGS = 20
"""How often a snapshot is tried, 0.1 s apart."""

ErrorOf: TypeAlias = Callable[[str], VeriwattError]
"""Makes the caller's own error from SQLite's message."""


@dataclass(frozen=True, slots=True)
class SqliteErrors:
    """The caller's own errors for the three kinds of failure of one file.

    Attributes:
        busy: the file is locked, read-only or unreachable, or its disk fails; the same call may succeed later.
        full: the disk is full; nothing was changed.
        damaged: the file is not the database that was written: broken pages, missing tables, contradicting rows.
    """

    busy: ErrorOf
    full: ErrorOf
    damaged: ErrorOf

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn SQLite's errors inside the block into the caller's own; an error that only a bug can cause passes."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            ours = self.of(error)
            if ours is error:
                raise
            raise ours from error
        except NotAFile as error:
            raise self.damaged(str(error)) from error

    def of(self, error: sqlite3.DatabaseError) -> VeriwattError | sqlite3.DatabaseError:
        """The caller's error for `error`; `error` itself when only a bug can cause it."""
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
    """A connection in autocommit, usable from any thread, one at a time. Raises NotAFile before anything is opened.

    "rwc" makes the file when it is absent, its owner's alone; so are the logs beside it, as SQLite gives them its mode.
    On a read-only file system SQLite makes no file beside the database; there nobody writes, so it needs none.
    """
    for name in (path.name, *(f"{path.name}-{kind}" for kind in _BESIDE)):
        check_regular(path.with_name(name))
    if mode == "rwc" and path != MEMORY:
        with suppress(OSError):  # SQLite says what is wrong with the file
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE))
    fixed = mode == "ro" and is_read_only(path) and not _has_log(path)
    return sqlite3.connect(
        "file::memory:" if path == MEMORY else f"{path.absolute().as_uri()}?mode={mode}{'&immutable=1' * fixed}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        factory=connection,
        cached_statements=64,
    )


def _has_log(path: Path) -> bool:
    """Whether a write-ahead log beside the file may have commits that the file has not."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def make_durable(db: sqlite3.Connection) -> None:
    """Set write-ahead log and synchronous FULL: from now on a committed transaction survives a power cut.

    This writes to the file, so `check_format` must be called before.
    """
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")


def connect_snapshot(path: Path) -> sqlite3.Connection:
    """A read-only connection that sees one state of the file, whoever writes meanwhile.

    The last writer to leave takes the write-ahead log with it, and at that moment SQLite says that it cannot open the
    file, or that it is busy, without waiting: the call is repeated until the moment is over.
    """
    for _ in range(OPENINGS - 1):
        try:
            return _snapshot(path)
        except sqlite3.OperationalError:
            time.sleep(0.1)
    return _snapshot(path)


def _snapshot(path: Path) -> sqlite3.Connection:
    db = connect(path, "ro")
    try:
        db.execute("BEGIN")
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # only now the snapshot is taken
    except BaseException:
        db.close()
        raise
    return db


def check_format(db: sqlite3.Connection, what: str, expected: int, remedy: str, earlier: Sequence[int] = ()) -> bool:
    """Check the format that the file states as its `user_version`; False when it states none.

    `user_version` 0 states none: the file has no tables, or it is of format 1 and older than this number.

    Raises:
        WrongFormat: the file states another format than `expected`, and none of the `earlier` ones that are read too.
    """
    (found,) = db.execute("PRAGMA user_version").fetchone()
    if found not in (0, expected, *earlier):
        raise WrongFormat(what, found, expected, remedy)
    return bool(found)


def integrity_problems(db: sqlite3.Connection) -> list[str]:
    """The damage that SQLite itself finds in the file and its indexes, at most a hundred lines."""
    return [str(line) for (line,) in db.execute("PRAGMA integrity_check") if line != "ok"]


def schema_of(script: str) -> dict[str, str]:
    """The name and statement of each table and index that the script makes, as SQLite keeps them."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(script)
        return _schema(db)


def foreign_objects(
    db: sqlite3.Connection, own: dict[str, str], may_lack: Mapping[str, str] = MappingProxyType({})
) -> list[tuple[str, str]]:
    """(name, problem) of every table, index, view or trigger that is missing, changed, or none of our `own`.

    What is in `may_lack` may be missing. No row of a file is read that has any foreign object: a view or trigger may
    answer for a table.
    """
    found = _schema(db)
    own = own | {name: made for name, made in may_lack.items() if name in found}
    named = sorted(own.keys() | found.keys())
    return [(name, _problem(name, own, found)) for name in named if own.get(name) != found.get(name)]


def _schema(db: sqlite3.Connection) -> dict[str, str]:
    return dict(db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"))


def _problem(name: str, own: dict[str, str], found: dict[str, str]) -> str:
    if name not in own:
        return "this is not part of the file as it is made"
    return "this is not what it is made as" if name in found else "it is missing"
