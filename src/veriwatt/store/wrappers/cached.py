"""A store whose objects are held in memory after they were read, up to so many bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock

from veriwatt.crypto.hashing import object_id
from veriwatt.ids import ObjectId
from veriwatt.ports.blobs import BlobStore

OBJECT_COST = 200
"""Bytes counted for each object beside its own: its id and its place in the table."""


class CachedStore:
    """A `BlobStore` over another. Bytes from the cache are hashed again at every `get`, as those of the store are.

    What was put is not cached: only a read shows that the store has it. `has` and `ids` always ask the store. An
    object that was deleted by another process, or while it was read, is still given while it is cached.
    """

    def __init__(self, inner: BlobStore, most_bytes: int) -> None:
        self._inner, self._most, self._lock = inner, most_bytes, Lock()
        self._cached: OrderedDict[ObjectId, bytes] = OrderedDict()  # the one read last at the end; under _lock
        self._bytes = 0

    @property
    def cached_bytes(self) -> int:
        """Bytes that the cache counts now; never more than it may have."""
        return self._bytes

    def put(self, data: bytes) -> ObjectId:
        return self._inner.put(data)

    def get(self, name: ObjectId) -> bytes:
        with self._lock:
            data = self._cached.get(name)
            if data is not None:
                self._cached.move_to_end(name)
        if data is not None and object_id(data) == name:
            return data
        self._forget(name)
        data = self._inner.get(name)
        self._remember(name, data)
        return data

    def has(self, name: ObjectId) -> bool:
        return self._inner.has(name)

    def ids(self) -> Iterator[ObjectId]:
        return self._inner.ids()

    def delete(self, name: ObjectId) -> None:
        self._inner.delete(name)
        self._forget(name)

    def _remember(self, name: ObjectId, data: bytes) -> None:
        if _cost(data) > self._most:
            return
        with self._lock:
            if name in self._cached:
                return
            self._cached[name] = data
            self._bytes += _cost(data)
            while self._bytes > self._most:
                self._bytes -= _cost(self._cached.popitem(last=False)[1])

    def _forget(self, name: ObjectId) -> None:
        with self._lock:
            data = self._cached.pop(name, None)
            if data is not None:
                self._bytes -= _cost(data)


def _cost(data: bytes) -> int:
    return len(data) + OBJECT_COST
