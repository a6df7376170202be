"""The file of the frame index, table `frames`, as `veriwatt fsck` reads it: no row in it is trusted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from veriwatt.system.sqlite import open_read_only, translated

RawRow = tuple[Any, ...]
"""The columns of a `FrameRow`, of whatever types the file holds."""


class FrameIndexFile:
    """The index file, read only; a running node may have it open and write.

    Every method raises Corrupted where the file is no database, and Unavailable where it cannot be read now.
    """

    def __init__(self, path: Path | None) -> None:
        """Open the file at `path`; None stands for a home without an index, which reads as empty."""
        self._path = path or Path(":memory:")
        self._db = sqlite3.connect(":memory:") if path is None else open_read_only(path)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def tables(self) -> list[str]:
        return [str(name) for (name,) in self._all("select name from sqlite_schema where type = 'table' order by name")]

    def damage(self) -> list[str]:
        """What SQLite's own check finds wrong with the file, its indexes included; at most a hundred lines."""
        return [str(line) for (line,) in self._all("pragma integrity_check") if line != "ok"]

    def orgs(self) -> list[str]:
        if "frames" not in self.tables():
            return []
        return [str(org) for (org,) in self._all("select distinct org from frames order by org")]

    def rows(self, org: str) -> Iterator[RawRow]:
        """Every row of the org by position, as the file stands at this call, whatever is written meanwhile."""
        with translated(self._path):
            if self._db.in_transaction:
                self._db.execute("rollback")  # ends the snapshot that earlier queries read
            self._db.execute("begin")
        if "frames" not in self.tables():
            return iter(())
        return self._all("select * from frames where org = ? order by position", (org,))

    def _all(self, sql: str, values: tuple[str, ...] = ()) -> Iterator[RawRow]:
        with translated(self._path):
            for row in self._db.execute(sql, values):  # noqa: UP028 - `yield from` would close the cursor after the file
                yield row
