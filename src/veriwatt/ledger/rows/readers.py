"""The connections for snapshots: each reader has its own, inside a read transaction, beside the writer's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from veriwatt.ledger.rows.in_place import InPlace
from veriwatt.ledger.rows.tables import Tables


class Readers:
    """A pool of read-only connections to the file at `path`; callable from many threads.

    Raises LedgerReplaced instead of opening another ledger's file.
    """

    def __init__(self, path: Path, in_place: InPlace) -> None:
        self._path, self._in_place, self._lock, self._closed = path, in_place, Lock(), False
        self._idle: list[Tables] = []

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        """Tables that see one state of the file until the block ends."""
        with self._lock:
            tables = self._idle.pop() if self._idle else self._opened()
        try:
            with tables.snapshot():
                yield tables
        except BaseException:
            tables.close()
            raise
        with self._lock:
            if self._closed:
                tables.close()
            else:
                self._idle.append(tables)

    def _opened(self) -> Tables:
        self._in_place.check()
        tables = Tables(self._path, writable=False)
        try:
            self._in_place.check()
        except BaseException:
            tables.close()
            raise
        return tables

    def close(self) -> None:
        """Close every idle connection now, and the others when their blocks end."""
        with self._lock:
            self._closed = True
            for tables in self._idle:
                tables.close()
