"""Stores in memory, and tiles kept as objects: second implementations of the ports of `veriwatt.ports`."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

from veriwatt.errors import NotFound
from veriwatt.ids import ObjectId
from veriwatt.merkle.tiles import Tile
from veriwatt.ports.blobs import BlobStore
from veriwatt.store.object_bytes import check_read, id_to_store


class MemoryStore:
    """A `BlobStore` that lives as long as its process."""

    def __init__(self) -> None:
        self._objects: dict[ObjectId, bytes] = {}
        self._lock = Lock()

    def put(self, data: bytes) -> ObjectId:
        name = id_to_store(data)
        with self._lock:
            self._objects[name] = data
        return name

    def get(self, name: ObjectId) -> bytes:
        data = self._objects.get(name)
        if data is None:
            raise NotFound(f"object {name} does not exist")
        return check_read(name, data, f"object {name}")

    def has(self, name: ObjectId) -> bool:
        return name in self._objects

    def ids(self) -> Iterator[ObjectId]:
        with self._lock:
            return iter(list(self._objects))

    def delete(self, name: ObjectId) -> None:
        with self._lock:
            self._objects.pop(name, None)

    def rot(self, name: ObjectId, data: bytes) -> None:
        """Put other bytes in the place of an object."""
        self._objects[name] = data


class ObjectTiles:
    """A `TileStore` over a `BlobStore`: each full tile is one object, and a table maps its place to its hash."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self.names: dict[tuple[int, int], ObjectId] = {}

    def put(self, tile: Tile) -> None:
        self.names[tile.level, tile.index] = self._blobs.put(tile.hashes)

    def get(self, level: int, index: int) -> bytes:
        name = self.names.get((level, index))
        if name is None:
            raise NotFound(f"tile {index} of level {level} does not exist")
        return self._blobs.get(name)

    def has(self, level: int, index: int) -> bool:
        return (level, index) in self.names
