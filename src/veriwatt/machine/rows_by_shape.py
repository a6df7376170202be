"""Rows found by what their values look like, without a scan for each question."""

from __future__ import annotations

from collections.abc import Mapping

from veriwatt.machine.state import Shaped, ShapeOf, StateRows


class RowsByShape:
    """The last row of each shape under prefixes that were asked for; each row is looked at once.

    A prefix is the first two parts of a key. `limit` rows are kept, those of the prefixes that were asked for last; one
    with more rows alone is scanned at every question.
    """

    __slots__ = ("_known", "_limit", "_size")

    def __init__(self, limit: int) -> None:
        self._known: dict[bytes, dict[ShapeOf, Shaped]] = {}
        self._limit, self._size = limit, 0

    def find(self, rows: StateRows, prefix: bytes, shape_of: ShapeOf, shapes: frozenset[str]) -> Shaped:
        """As `state.shaped_rows`, where `rows` has changed by nothing but what `take` was given."""
        if _two_parts(prefix) != prefix:
            raise ValueError(f"{prefix!r} is not the first two parts of a key")
        kinds = self._known.pop(prefix, {})
        if shape_of not in kinds:
            kinds[shape_of] = {shape_of(row[1]): row for row in rows.scan(prefix)}
            self._size += len(kinds[shape_of])
        self._known[prefix] = kinds  # the last one asked for
        known = kinds[shape_of]
        self._make_room()
        return {shape: known[shape] for shape in sorted(shapes) if shape in known}

    def take(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Apply changes of the rows, in which none is deleted that has a shape."""
        if not self._known:
            return
        for key, value in changes.items():
            for shape_of, known in self._known.get(_two_parts(key), {}).items():
                if value is not None:
                    shape, before = shape_of(value), len(known)
                    known[shape] = max(known.get(shape, (key, value)), (key, value))
                    self._size += len(known) - before
        self._make_room()

    def forget(self) -> None:
        self._known, self._size = {}, 0

    def _make_room(self) -> None:
        while self._size > self._limit:
            oldest = next(iter(self._known))
            self._size -= sum(map(len, self._known.pop(oldest).values()))


def _two_parts(key: bytes) -> bytes:
    """The key up to its second slash, with it; empty where it has none."""
    return key[: key.find(b"/", key.find(b"/") + 1) + 1]
