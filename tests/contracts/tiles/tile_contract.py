"""What every tile store promises, as tests; subclass `TileContract` and give it an empty store."""

from __future__ import annotations

import pytest

from veriwatt.errors import NotFound
from veriwatt.merkle.tiles import MAX_TILE_LEVEL, TILE_BYTES, Tile
from veriwatt.ports.tiles import TileStore

PLACES = [(0, 0), (0, 1), (1, 0), (0, 1_234_067), (MAX_TILE_LEVEL, 0)]


class TileContract:
    """`restart` opens the store after a power cut."""

    @pytest.fixture
    def store(self) -> TileStore:
        raise NotImplementedError

    def restart(self, store: TileStore) -> TileStore:
        raise NotImplementedError

    def test_each_place_holds_its_own_tile_durably(self, store: TileStore) -> None:
        tiles = [Tile(level, index, bytes([at]) * TILE_BYTES) for at, (level, index) in enumerate(PLACES)]
        for tile in tiles:
            store.put(tile)
        again = self.restart(store)
        assert [again.get(*place) for place in PLACES] == [tile.hashes for tile in tiles]
        assert all(again.has(*place) for place in PLACES)

    def test_an_absent_tile_is_missing(self, store: TileStore) -> None:
        store.put(Tile(0, 0, bytes(TILE_BYTES)))
        assert not store.has(0, 1)
        with pytest.raises(NotFound):
            store.get(0, 1)

    def test_a_tile_may_be_put_again(self, store: TileStore) -> None:
        for _ in range(2):
            store.put(Tile(1, 0, bytes(TILE_BYTES)))
        assert store.get(1, 0) == bytes(TILE_BYTES)
