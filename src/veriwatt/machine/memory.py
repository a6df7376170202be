"""The rows of a state held in memory, for auditors and tests."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping


class MemoryRows:
    """A state's rows in a dict beside its sorted keys."""

    __slots__ = ("_keys", "_values")

    def __init__(self, rows: Mapping[bytes, bytes]) -> None:
        self._values = dict(rows)
        self._keys = sorted(self._values)

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, key: bytes) -> bytes | None:
        return self._values.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        for at in range(bisect_left(self._keys, prefix), len(self._keys)):
            key = self._keys[at]
            if not key.startswith(prefix):
                return
            yield key, self._values[key]

    def take(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Apply a block's changes."""
        for key, value in changes.items():
            if value is None:
                if self._values.pop(key, None) is not None:
                    del self._keys[bisect_left(self._keys, key)]
            else:
                if key not in self._values:
                    insort(self._keys, key)
                self._values[key] = value
