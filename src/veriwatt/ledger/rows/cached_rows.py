"""Rows of the state that were read from the file a short while ago, absent ones included.

A network reads the rows of a transaction at its door, in a proposal and in a block, each within a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from veriwatt.machine.rows_by_shape import RowsByShape
from veriwatt.machine.state import Shaped, ShapeOf

CACHED_ROWS = 8 << 20
"""Bytes of rows that are kept, and at most as many again."""

SHAPES = 1 << 16
"""Rows that are kept by what their values look like, in 30 MB at most: a name that comes is compared with all of its
scope."""

_OVERHEAD = 150
"""Bytes that Python adds to a row."""


class Rows(Protocol):
    """The rows of one state."""

    def get(self, key: bytes) -> bytes | None: ...

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]: ...


class CachedRows:
    """`StateRows` of a file that nobody else writes. Used by one thread at a time."""

    def __init__(self, rows: Rows, limit: int = CACHED_ROWS) -> None:
        self._rows, self._limit, self._size = rows, limit, 0
        self._newer, self._older = dict[bytes, bytes | None](), dict[bytes, bytes | None]()
        self._shapes = RowsByShape(SHAPES)

    def get(self, key: bytes) -> bytes | None:
        if key in self._newer:
            return self._newer[key]
        value = self._older[key] if key in self._older else self._rows.get(key)
        self._keep(key, value)
        return value

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self._rows.scan(prefix)

    def shaped(self, prefix: bytes, shape_of: ShapeOf, shapes: frozenset[str]) -> Shaped:
        return self._shapes.find(self._rows, prefix, shape_of, shapes)

    def written(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Take what was written to the file."""
        self._shapes.take(changes)
        for key, value in changes.items():
            if key in self._newer or key in self._older:
                self._keep(key, value)

    def forget(self) -> None:
        """Take nothing for granted: the file has other rows."""
        self._shapes.forget()
        self._newer, self._older, self._size = {}, {}, 0

    def _keep(self, key: bytes, value: bytes | None) -> None:
        size = len(key) + len(value or b"") + _OVERHEAD
        if self._size + size > self._limit:
            self._newer, self._older, self._size = {}, self._newer, 0
        self._newer[key] = value
        self._size += size
