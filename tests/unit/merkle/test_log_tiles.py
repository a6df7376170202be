"""Tiles and edge hold one log between them: what is written once is enough to prove everything in it."""

from __future__ import annotations

import pytest

from veriwatt.errors import Malformed, NotFound
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tiles import MAX_TILE_LEVEL, Edge, Tile, TileReader, completed_tiles, parse_tile, tile_path
from veriwatt.merkle.tree import (
    MAX_SIZE,
    Leaves,
    consistency_path,
    inclusion_path,
    inclusion_paths,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

SIZE = 256 * 256 + 3 * 256 + 77
LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(SIZE)]


class TileStore:
    """Full tiles as a log host stores them; counts the fetched ones."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.fetched = 0

    def put(self, tiles: tuple[Tile, ...]) -> None:
        for tile in tiles:
            assert (tile.level, tile.index) not in self.tiles, "a full tile is written once"
            self.tiles[tile.level, tile.index] = tile.hashes

    def fetch(self, level: int, index: int) -> bytes:
        self.fetched += 1
        if (level, index) not in self.tiles:
            raise NotFound(f"tile {level}/{index}")
        return self.tiles[level, index]


def written_in_batches(batches: list[int]) -> tuple[Edge, TileStore]:
    store, edge = TileStore(), Edge.empty()
    for batch in batches:
        edge, tiles = edge.extend(LEAVES[edge.size : edge.size + batch])
        store.put(tiles)
    return edge, store


@pytest.fixture(scope="module")
def log() -> tuple[Edge, TileStore]:
    return written_in_batches([SIZE])


def test_a_log_in_tiles_has_the_root_of_its_leaves(log: tuple[Edge, TileStore]) -> None:
    assert log[0].compact_range() == CompactRange.empty().extend(LEAVES)
    assert log[0].compact_range().root() == tree_root(LEAVES)


def test_batches_of_any_size_write_the_same_tiles() -> None:
    whole, store = written_in_batches([1500])
    parts, other = written_in_batches([1, 254, 1, 1, 255, 500, 488])
    assert parts == whole
    assert other.tiles == store.tiles


def test_every_tile_named_complete_is_written_and_no_other(log: tuple[Edge, TileStore]) -> None:
    assert sorted(log[1].tiles) == sorted(completed_tiles(0, SIZE))
    cut = 50_000
    assert sorted([*completed_tiles(0, cut), *completed_tiles(cut, SIZE)]) == sorted(completed_tiles(0, SIZE))


def test_a_full_tile_holds_the_roots_of_256_subtrees(log: tuple[Edge, TileStore]) -> None:
    hashes = parse_tile(log[1].tiles[1, 0])
    assert hashes[3] == tree_root(LEAVES[3 * 256 : 4 * 256])


def test_leaves_everywhere_are_proven_from_tiles(log: tuple[Edge, TileStore]) -> None:
    edge, store = log
    reader, root = TileReader(edge, store.fetch), edge.compact_range().root()
    for index in [0, 1, 255, 256, 65_535, 65_536, SIZE - 78, SIZE - 77, SIZE - 1]:
        verify_inclusion(LEAVES[index], index, SIZE, inclusion_path(reader, index, SIZE), root)


def test_growth_is_proven_from_tiles_between_any_two_sizes(log: tuple[Edge, TileStore]) -> None:
    edge, store = log
    reader = TileReader(edge, store.fetch)
    sizes = [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, SIZE - 1, SIZE]
    roots = {size: CompactRange.empty().extend(LEAVES[:size]).root() for size in sizes}
    for old in sizes:
        for new in (size for size in sizes if size >= old):
            verify_consistency(old, roots[old], new, roots[new], consistency_path(reader, old, new))


def test_paths_of_a_batch_equal_the_paths_one_by_one(log: tuple[Edge, TileStore]) -> None:
    edge, store = log
    reader, start = TileReader(edge, store.fetch), SIZE - 300
    together = inclusion_paths(reader, start, SIZE, SIZE)
    assert together == [inclusion_path(reader, index, SIZE) for index in range(start, SIZE)]


def test_paths_of_every_small_batch_equal_the_paths_one_by_one() -> None:
    reader = Leaves(LEAVES)
    for size in range(1, 20):
        alone = [inclusion_path(reader, index, size) for index in range(size)]
        for start in range(size):
            for end in range(start + 1, size + 1):
                assert inclusion_paths(reader, start, end, size) == alone[start:end]


@pytest.mark.parametrize(("start", "end", "size"), [(3, 3, 5), (-1, 2, 5), (2, 6, 5), (4, 2, 5), (0, 0, 0)])
def test_a_batch_outside_the_log_is_malformed(start: int, end: int, size: int) -> None:
    with pytest.raises(Malformed):
        inclusion_paths(Leaves(LEAVES), start, end, size)


def test_a_hashed_tile_is_fetched_once(log: tuple[Edge, TileStore]) -> None:
    edge, store = log
    reader = TileReader(edge, store.fetch)
    inclusion_path(reader, 1000, SIZE)
    before = store.fetched
    inclusion_path(reader, 1001, SIZE)
    assert store.fetched == before


def test_a_reader_follows_the_log_when_its_edge_is_replaced() -> None:
    edge, store = written_in_batches([300])
    reader = TileReader(edge, store.fetch)
    grown, tiles = edge.extend(LEAVES[300:600])
    store.put(tiles)
    reader.edge = grown
    path = inclusion_path(reader, 599, 600)
    verify_inclusion(LEAVES[599], 599, 600, path, tree_root(LEAVES[:600]))


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 66_000, SIZE])
def test_an_edge_is_rebuilt_from_full_tiles_and_the_last_leaves(log: tuple[Edge, TileStore], size: int) -> None:
    rebuilt = Edge.rebuild(size, log[1].fetch, LEAVES[size - size % 256 : size])
    assert rebuilt == Edge.empty().extend(LEAVES[:size])[0]
    assert rebuilt.compact_range() == CompactRange.empty().extend(LEAVES[:size])


def test_an_edge_is_not_rebuilt_from_the_wrong_number_of_leaves_or_a_cut_tile(log: tuple[Edge, TileStore]) -> None:
    with pytest.raises(Malformed):
        Edge.rebuild(257, log[1].fetch, [])
    with pytest.raises(Malformed):
        Edge.rebuild(-1, log[1].fetch, [])
    with pytest.raises(Malformed, match="8192"):
        Edge.rebuild(256, lambda level, index: log[1].fetch(level, index)[:-32], [])


def test_a_rotten_tile_gives_another_root_than_the_checkpoints(log: tuple[Edge, TileStore]) -> None:
    rotten = Edge.rebuild(512, lambda level, index: bytes(32) + log[1].fetch(level, index)[32:], [])
    assert rotten.compact_range().root() != tree_root(LEAVES[:512])


def test_a_node_beyond_the_log_is_malformed(log: tuple[Edge, TileStore]) -> None:
    reader = TileReader(log[0], log[1].fetch)
    for level, index in [(0, SIZE), (0, -1), (-1, 0), (17, 1), (64, 0)]:
        with pytest.raises(Malformed):
            reader.node(level, index)
        with pytest.raises(Malformed):
            log[0].node(level, index)
    with pytest.raises(Malformed):
        log[0].node(0, 0)


def test_partial_tiles_have_the_nodes_after_the_full_tiles(log: tuple[Edge, TileStore]) -> None:
    partial = {tile.path: tile.hashes for tile in log[0].partial_tiles()}
    assert sorted(partial) == ["tile/0/259.p/77", "tile/1/001.p/3", "tile/2/000.p/1"]
    assert partial["tile/0/259.p/77"] == b"".join(LEAVES[SIZE - 77 :])


def test_a_log_does_not_grow_past_the_largest_size() -> None:
    full = Edge(MAX_SIZE, Edge.empty().rows)
    with pytest.raises(Malformed):
        full.extend([LEAVES[0]])


def test_tiles_have_the_published_paths() -> None:
    assert tile_path(0, 0) == "tile/0/000"
    assert tile_path(0, 999) == "tile/0/999"
    assert tile_path(1, 1000) == "tile/1/x001/000"
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path(3, 0, 17) == "tile/3/000.p/17"


@pytest.mark.parametrize(("level", "index", "width"), [(-1, 0, 256), (0, -1, 256), (0, 0, 0), (0, 0, 257)])
def test_an_impossible_tile_has_no_path(level: int, index: int, width: int) -> None:
    with pytest.raises(Malformed):
        tile_path(level, index, width)
    with pytest.raises(Malformed):
        tile_path(MAX_TILE_LEVEL + 1, 0)


def test_tiles_of_a_shrinking_log_are_malformed() -> None:
    with pytest.raises(Malformed):
        list(completed_tiles(5, 4))
