"""The rows of a spool exactly as its file stores them, for a check that trusts none of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from veriwatt.model.frames.number import FrameNumber
from veriwatt.system.sqlite import connect_snapshot, foreign_objects, integrity_problems, schema_of
from veriwatt.terminal.spool.spool_errors import sqlite_errors
from veriwatt.terminal.spool.spool_file import ADDED, SCHEMA, check_spool_format


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

    @property
    def number(self) -> FrameNumber:
        return FrameNumber(self.epoch, self.seq)


class SpoolRows:
    """One snapshot of a spool file, which a terminal may be using; nothing is written.

    Raises, from every method: SpoolDamaged when the file is no database or lacks a table, Unavailable when it
    cannot be read now. WrongFormat when the spool was written by a release with other tables.
    """

    def __init__(self, path: Path) -> None:
        self._errors = sqlite_errors(path)
        with self._errors.translated():
            self._db = connect_snapshot(path)
            try:
                check_spool_format(self._db, path)
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def foreign(self) -> list[tuple[str, str]]:
        """(name, problem) of everything in the file that is not of a spool, or not as it is made."""
        with self._errors.translated():
            return foreign_objects(self._db, schema_of(SCHEMA), schema_of(ADDED))

    def damage(self) -> list[str]:
        """What SQLite itself finds wrong with the file, its indexes included; at most a hundred lines."""
        with self._errors.translated():
            return integrity_problems(self._db)

    def frames(self) -> Iterator[RawFrame]:
        """Every row of `frames`, by (epoch, seq)."""
        columns = "epoch, seq, frame_id, window_end, header, signature, payloads, position, state"
        return (RawFrame(*row) for row in self._all(f"SELECT {columns} FROM frames ORDER BY epoch, seq"))  # noqa: S608

    def tip(self) -> list[tuple[Any, ...]]:
        """The rows of `tip`; there is one, with `one` = 1."""
        return list(self._all("SELECT one, epoch, seq, frame_id FROM tip"))

    def _all(self, sql: str) -> Iterator[tuple[Any, ...]]:
        with self._errors.translated():
            for row in self._db.execute(sql):  # noqa: UP028 - `yield from` would close the cursor after the file
                yield row
