from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts.tiles.tile_contract import TileContract
from veriwatt.errors import Corrupted
from veriwatt.merkle.tiles import TILE_BYTES, Tile
from veriwatt.ports.tiles import TileStore
from veriwatt.store.local_tiles import LocalTiles
from veriwatt.testing.hosts import CHAIN, SimHost
from veriwatt.testing.power import ForgetfulFiles
from veriwatt.testing.stores import MemoryStore, ObjectTiles


class TestLocalTiles(TileContract):
    """One file a tile, on a disk that forgets everything that was not synced."""

    @pytest.fixture
    def store(self) -> TileStore:
        self.disk = ForgetfulFiles()
        return LocalTiles(self.disk, Path("/chain"))

    def restart(self, store: TileStore) -> TileStore:
        self.disk.cut_power()
        return LocalTiles(self.disk, Path("/chain"))


class TestObjectTiles(TileContract):
    """One object a tile, in any `BlobStore`."""

    @pytest.fixture
    def store(self) -> TileStore:
        return ObjectTiles(MemoryStore())

    def restart(self, store: TileStore) -> TileStore:
        return store

    def test_other_bytes_are_refused_by_the_object_store(self) -> None:
        blobs = MemoryStore()
        tiles = ObjectTiles(blobs)
        tiles.put(Tile(0, 0, bytes(TILE_BYTES)))
        blobs.rot(tiles.names[0, 0], bytes(TILE_BYTES - 1) + b"x")
        with pytest.raises(Corrupted):
            tiles.get(0, 0)


def test_a_data_chain_lives_with_its_tiles_as_objects(tmp_path: Path) -> None:
    blobs = MemoryStore()
    tiles = ObjectTiles(blobs)
    host = SimHost(tmp_path, tiles=tiles)
    frames = [host.frame() for _ in range(260)]
    host.accept(*frames)
    host.anchor()
    root = host.chain.root()
    host.disk.cut_power()
    host.reopen()
    assert (host.chain.root(), host.chain.size) == (root, 260)
    assert list(tiles.names) == [(0, 0)]
    assert tiles.get(0, 0) == b"".join(host.leaf_of(frame) for frame in frames[:256])
    assert not any("tile" in path.parts for path in host.disk.paths() if path.is_relative_to(CHAIN))
    host.close()
