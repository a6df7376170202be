"""The rows of a state in memory, for the ledger audit and tests."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Mapping

from veriwatt.machine.rows_by_shape import RowsByShape
from veriwatt.machine.state import Shaped, ShapeOf


class MemoryRows:
    """The rows of a state, in one dict for each component: the part of a key before its first slash.

    The keys of a component are sorted at its first scan, and stay sorted. The largest component, `once`, is never
    scanned, so the cost of one of its rows does not grow with their number.
    """

    __slots__ = ("_components", "_ordered", "_shaped")

    def __init__(self, rows: Mapping[bytes, bytes]) -> None:
        self._components: defaultdict[bytes, dict[bytes, bytes]] = defaultdict(dict)
        self._ordered: dict[bytes, list[bytes]] = {}
        self._shaped = RowsByShape(limit=sys.maxsize)  # all rows are in memory anyway
        self.take(rows)

    def get(self, key: bytes) -> bytes | None:
        return self._components[_component(key)].get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        if b"/" not in prefix:
            return ((key, self._components[_component(key)][key]) for key in sorted(self._all_keys(prefix)))
        component, length = _component(prefix), len(prefix)
        rows, keys = self._components[component], self._keys(component)
        first = bisect_left(keys, prefix)
        found = keys[first : bisect_right(keys, prefix, first, key=lambda key: key[:length])]
        return zip(found, map(rows.__getitem__, found), strict=True)

    def shaped(self, prefix: bytes, shape_of: ShapeOf, shapes: frozenset[str]) -> Shaped:
        return self._shaped.find(self, prefix, shape_of, shapes)

    def take(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Apply a block's changes."""
        self._shaped.take(changes)
        for key, value in changes.items():
            component = _component(key)
            rows, ordered = self._components[component], self._ordered.get(component)
            if value is None:
                if rows.pop(key, None) is not None and ordered is not None:
                    del ordered[bisect_left(ordered, key)]
            else:
                if key not in rows and ordered is not None:
                    insort(ordered, key)
                rows[key] = value

    def _keys(self, component: bytes) -> list[bytes]:
        """The sorted keys of a component."""
        keys = self._ordered.get(component)
        if keys is None:
            keys = self._ordered[component] = sorted(self._components[component])
        return keys

    def _all_keys(self, prefix: bytes) -> Iterator[bytes]:
        for rows in self._components.values():
            yield from (key for key in rows if key.startswith(prefix))


def _component(key: bytes) -> bytes:
    return key.partition(b"/")[0]
