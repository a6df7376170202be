"""The rows of a state in memory, for the ledger audit and tests."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Mapping

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
        self._shaped: dict[bytes, dict[ShapeOf, Shaped]] = {}  # by prefixes of two parts
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
        """As `shaped_rows`: each row is looked at once, however often is asked."""
        if _two_parts(prefix) != prefix:
            raise ValueError(f"{prefix!r} is not the first two parts of a key")
        kinds = self._shaped.setdefault(prefix, {})
        if shape_of not in kinds:
            kinds[shape_of] = {shape_of(row[1]): row for row in self.scan(prefix)}
        known = kinds[shape_of]
        return {shape: known[shape] for shape in sorted(shapes) if shape in known}

    def take(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Apply a block's changes."""
        for key, value in changes.items():
            component = _component(key)
            rows, ordered = self._components[component], self._ordered.get(component)
            for shape_of, known in self._shaped.get(_two_parts(key), {}).items() if self._shaped else ():
                if value is not None:
                    shape = shape_of(value)
                    known[shape] = max(known.get(shape, (key, value)), (key, value))
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


def _two_parts(key: bytes) -> bytes:
    """The key up to its second slash, with it; empty where it has none."""
    return key[: key.find(b"/", key.find(b"/") + 1) + 1]


def _component(key: bytes) -> bytes:
    return key.partition(b"/")[0]
