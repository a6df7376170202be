"""Opening a read model's SQLite file, and saying what its errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from veriwatt.errors import Corrupted, Unavailable


def open_database(path: Path, schema: str) -> sqlite3.Connection:
    """A connection in autocommit, write-ahead logging, its tables made; usable from any thread, one at a time."""
    with translated(path):
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        db.execute("pragma journal_mode = wal")
        db.executescript(schema)
        return db


def open_read_only(path: Path) -> sqlite3.Connection:
    """A connection that sees one state of the file, whoever writes meanwhile, and can write nothing."""
    with translated(path):
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        db.execute("begin")
        return db


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, naming the file."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Unavailable(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise Corrupted(f"{path}: {error}; delete it, it is rebuilt from what it was derived from") from error
