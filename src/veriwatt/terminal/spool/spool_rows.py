"""The rows of a spool as they lie in its file, for a check that trusts none of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from veriwatt.errors import Unavailable
from veriwatt.terminal.spool.spool_errors import SpoolDamaged

TABLES = ("frames", "points", "samples", "tip")


@dataclass(frozen=True, slots=True)
class RawFrame:
    """A row of `frames`; every field may be of any type that SQLite stores."""

    epoch: Any
    seq: Any
    frame_id: Any
    window_end: Any
    header: Any
    signature: Any
    payloads: Any
    position: Any
    state: Any


class SpoolRows:
    """One snapshot of a spool file, which may be in use; nothing is written.

    Raises:
        SpoolDamaged: the file is no database, or lacks a table.
        Unavailable: it cannot be read now.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._told():
            self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
            self._db.execute("BEGIN")

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def tables(self) -> list[str]:
        """The tables there are, without SQLite's own."""
        names = self._all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return sorted(str(name) for (name,) in names)

    def damage(self) -> list[str]:
        """What SQLite itself finds wrong with the file, its indexes included; at most a hundred lines."""
        return [str(line) for (line,) in self._all("PRAGMA integrity_check") if line != "ok"]

    def frames(self) -> Iterator[RawFrame]:
        """Every row of `frames`, by (epoch, seq)."""
        columns = "epoch, seq, frame_id, window_end, header, signature, payloads, position, state"
        return (RawFrame(*row) for row in self._all(f"SELECT {columns} FROM frames ORDER BY epoch, seq"))  # noqa: S608

    def tip(self) -> list[tuple[Any, ...]]:
        """The rows of `tip`; there is one, with `one` = 1."""
        return list(self._all("SELECT one, epoch, seq, frame_id FROM tip"))

    def _all(self, sql: str) -> Iterator[tuple[Any, ...]]:
        with self._told():
            for row in self._db.execute(sql):  # noqa: UP028 - `yield from` would close the cursor after the file
                yield row

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "no such" in str(error):
                raise SpoolDamaged(path=str(self._path), why=str(error)) from error
            raise Unavailable(f"the spool {self._path} cannot be read now: {error}") from error
        except sqlite3.DatabaseError as error:
            raise SpoolDamaged(path=str(self._path), why=str(error)) from error
