"""The file of the frame index (table `frames`) for `veriwatt fsck`, which trusts no row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from veriwatt.ids import FrameId
from veriwatt.readmodel.frame_index import EARLIER, SCHEMA, check_index_format, index_errors
from veriwatt.system.sqlite import connect_snapshot, foreign_objects, integrity_problems, schema_of

RawRow = tuple[Any, ...]
"""The columns of a `FrameRow`, of unchecked types."""


class FrameIndexFile:
    """The index file, read only; a running node may write to it.

    Every method raises Corrupted if the file is no database, and Unavailable if it cannot be read now.
    """

    def __init__(self, path: Path) -> None:
        """Open the file at `path`; `sqlite.MEMORY` stands for a missing file."""
        self._errors = index_errors(path)
        with self._errors.translated():
            self._db = connect_snapshot(path)
            try:
                check_index_format(self._db, path)
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
        """(name, problem) of everything in the file that is not of the index; empty for a file that was never made."""
        with self._errors.translated():
            own = schema_of(SCHEMA)
            found = foreign_objects(self._db, own, schema_of(SCHEMA + EARLIER))
        return [] if found == [(name, "it is missing") for name in sorted(own)] else found

    def damage(self) -> list[str]:
        """The errors that SQLite itself finds in the file and its indexes; at most a hundred lines."""
        with self._errors.translated():
            return integrity_problems(self._db)

    def orgs(self) -> list[str]:
        if not self._is_made():
            return []
        return [str(org) for (org,) in self._all("select distinct org from frames order by org")]

    def rows(self, org: str) -> Iterator[RawRow]:
        """All rows of the org at the time of the call, by position."""
        with self._errors.translated():
            if self._db.in_transaction:
                self._db.execute("rollback")  # ends the snapshot that earlier queries read
            self._db.execute("begin")
        if not self._is_made():
            return iter(())
        return self._all("select * from frames where org = ? order by position", (org,))

    def named(self, frame: FrameId) -> list[tuple[str, int]]:
        """Org and position of each row with that id; reads the whole file, because nothing else asks by id."""
        if not self._is_made():
            return []
        with self._errors.translated():
            found = self._db.execute("select org, position from frames where frame_id = ?", (frame,)).fetchall()
        return [(str(org), int(position)) for org, position in found]

    def _is_made(self) -> bool:
        return any(self._all("select 1 from sqlite_schema where name = 'frames'"))

    def _all(self, sql: str, values: tuple[str, ...] = ()) -> Iterator[RawRow]:
        with self._errors.translated():
            for row in self._db.execute(sql, values):  # noqa: UP028 - `yield from` would close the cursor after the file
                yield row
