"""The nodes of a log in tiles of 256 hashes (c2sp.org/tlog-tiles), and the edge beyond the full tiles in memory.

    tile (level, index) = 256 x 32 bytes: the roots of 256 subtrees of 256**level leaves each
    path                = tile/<level>/<index>        1234067 is written x001/x234/067

A full tile never changes, so it is stored as an object. The `Edge` has the nodes after the full tiles, at most 255
hashes at each level. Neither is trusted: a path made from wrong tiles does not verify. Spec: docs/spec/tree.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from veriwatt.errors import Corrupted, Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tree import MAX_SIZE, cover, node_hash

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TILE_BYTES = TILE_WIDTH * Digest.LENGTH
MAX_TILE_LEVEL = (MAX_SIZE.bit_length() - 1) // TILE_HEIGHT

CACHED_TILES = 64
"""Tiles that a reader caches with their inner nodes: about 40 kB each."""

Fetch: TypeAlias = Callable[[int, int], bytes]
"""Reads the bytes of full tile (level, index); raises errors of its own."""

_Pyramid: TypeAlias = tuple[tuple[Digest, ...], ...]
"""Row h of 0 .. 8 has the roots of all complete subtrees of 2**h hashes of one tile, left to right."""

_NO_HASHES: _Pyramid = ((),) * (TILE_HEIGHT + 1)


class TileDamaged(Corrupted):
    """A stored full tile is not that of the log; it is derived, so it is written again from the leaves."""

    code = "tile-damaged"

    def __init__(self, level: int, index: int) -> None:
        super().__init__(f"full tile {index} of level {level} is not that of the log; write it again from its leaves")
        self.level, self.index = level, index


@dataclass(frozen=True, slots=True)
class Tile:
    """The position and bytes of a tile; a partial tile of a growing log has fewer than 256 hashes."""

    level: int
    index: int
    hashes: bytes

    @property
    def path(self) -> str:
        return tile_path(self.level, self.index, len(self.hashes) // Digest.LENGTH)


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a log of `size` leaves: the nodes that are in no full tile.

    `rows[level]` is the partial tile of that level with its inner nodes, so no node is hashed twice. Immutable: a
    writer calls `extend`, makes the new tiles durable, then uses the new edge.
    """

    size: int
    rows: tuple[_Pyramid, ...]

    @classmethod
    def empty(cls) -> Edge:
        return cls(0, (_NO_HASHES,) * (MAX_TILE_LEVEL + 1))

    @classmethod
    def rebuild(cls, size: int, fetch: Fetch, leaf_hashes: Iterable[Digest]) -> Edge:
        """Build the edge at `size` from full tiles and the leaf hashes after the last full tile of level 0.

        Reads and hashes at most 255 tiles at each level. Tiles are not trusted: the caller compares
        `compact_range().root()` with the root of a checkpoint.

        Raises:
            Malformed: `size` is out of range, a tile does not have 8192 bytes, or the number of leaf hashes is not
                `size % 256`. Errors of `fetch` pass through.
        """
        if not 0 <= size <= MAX_SIZE:
            raise Malformed(f"a log does not hold {size} leaves")
        bottom = tuple(leaf_hashes)
        if len(bottom) != size % TILE_WIDTH:
            raise Malformed(
                f"a log of {size} leaves ends in {size % TILE_WIDTH} beyond its full tiles, not {len(bottom)}"
            )
        rows = [_grown(_NO_HASHES, bottom)]
        for level in range(MAX_TILE_LEVEL):
            full = size >> TILE_HEIGHT * (level + 1)  # full tiles of this level; the last of them form the next row
            roots = [_pyramid_of(fetch, level, index)[-1][0] for index in range(full - full % TILE_WIDTH, full)]
            rows.append(_grown(_NO_HASHES, tuple(roots)))
        return cls(size, tuple(rows))

    def extend(self, leaf_hashes: Iterable[Digest]) -> tuple[Edge, tuple[Tile, ...]]:
        """The edge after appending `leaf_hashes`, and every tile that became full, lowest level first.

        Raises:
            Malformed: the log would have more than MAX_SIZE leaves.
        """
        row, rows, tiles = tuple(leaf_hashes), list(self.rows), list[Tile]()
        size = self.size + len(row)
        if size > MAX_SIZE:
            raise Malformed(f"a log does not hold {size} leaves")
        for level in range(MAX_TILE_LEVEL + 1):
            first = self.size >> TILE_HEIGHT * (level + 1)
            rows[level], full = _fill(rows[level], row)
            tiles += [Tile(level, index, b"".join(each[0])) for index, each in enumerate(full, first)]
            row = tuple(each[-1][0] for each in full)
        return Edge(size, tuple(rows)), tuple(tiles)

    def node(self, level: int, index: int) -> Digest:
        """As `NodeReader.node`, for subtrees inside the partial tiles only.

        Raises:
            Malformed: the subtree lies in a full tile, or is not complete at this size.
        """
        row, height = divmod(level, TILE_HEIGHT)
        first = self.size >> TILE_HEIGHT * (row + 1) << TILE_HEIGHT - height
        if level < 0 or row > MAX_TILE_LEVEL or not 0 <= index - first < len(self.rows[row][height]):
            raise Malformed(f"subtree {index} of level {level} is not on the edge of a log of {self.size} leaves")
        return self.rows[row][height][index - first]

    def compact_range(self) -> CompactRange:
        """The compact range of the log at this size."""
        return CompactRange(self.size, tuple(self.node(level, index) for level, index in cover(0, self.size)))

    def partial_tiles(self) -> tuple[Tile, ...]:
        """The partial tiles that a reader of the published log needs beside the full ones."""
        return tuple(
            Tile(level, self.size >> TILE_HEIGHT * (level + 1), b"".join(row[0]))
            for level, row in enumerate(self.rows)
            if row[0]
        )


class TileReader:
    """A `NodeReader` over full tiles and the edge, for every size up to that of the edge.

    Caches the last `CACHED_TILES` tiles, each once its root was compared with the level above, up to the edge.
    Full tiles never change, so the only writer assigns the new `edge` when the log grows. Many threads may read at the
    same time.
    """

    __slots__ = ("_fetch", "_pyramid", "edge")

    def __init__(self, edge: Edge, fetch: Fetch) -> None:
        self.edge = edge
        self._fetch = fetch
        self._pyramid = lru_cache(maxsize=CACHED_TILES)(self._read)

    def node(self, level: int, index: int) -> Digest:
        """As `NodeReader.node`; raises Malformed beyond the log, TileDamaged, and passes on errors of `fetch`."""
        edge = self.edge
        if level < 0 or index < 0 or (index + 1) << level > edge.size:
            raise Malformed(f"a log of {edge.size} leaves has no subtree {index} of level {level}")
        row, height = divmod(level, TILE_HEIGHT)
        tile, place = divmod(index, TILE_WIDTH >> height)
        if tile == edge.size >> TILE_HEIGHT * (row + 1):
            return edge.node(level, index)
        return self._pyramid(row, tile)[height][place]

    def _read(self, level: int, index: int) -> _Pyramid:
        try:
            pyramid = _pyramid_of(self._fetch, level, index)
        except Malformed as error:
            raise TileDamaged(level, index) from error
        if pyramid[-1][0] != self.node((level + 1) * TILE_HEIGHT, index):
            raise TileDamaged(level, index)
        return pyramid


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """The path of a tile in the published log: `tile/0/x001/x234/067`; a partial tile ends with `.p/<width>`.

    Raises:
        Malformed: no log can have such a tile.
    """
    if not (0 <= level <= MAX_TILE_LEVEL and 0 <= index <= MAX_SIZE >> TILE_HEIGHT * level and 0 < width <= TILE_WIDTH):
        raise Malformed(f"there is no tile {index} of level {level} with {width} hashes")
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


def completed_tiles(old_size: int, new_size: int) -> Iterator[tuple[int, int]]:
    """The (level, index) of each tile that becomes full when a log grows, lowest level first.

    Raises:
        Malformed: not 0 <= old_size <= new_size <= MAX_SIZE.
    """
    if not 0 <= old_size <= new_size <= MAX_SIZE:
        raise Malformed(f"a log does not grow from {old_size} to {new_size} leaves")
    for level in range(MAX_TILE_LEVEL + 1):
        leaves = TILE_HEIGHT * (level + 1)
        for index in range(old_size >> leaves, new_size >> leaves):
            yield level, index


def parse_tile(raw: bytes) -> tuple[Digest, ...]:
    """The hashes of a full tile; raises Malformed unless there are exactly 256."""
    if len(raw) != TILE_BYTES:
        raise Malformed(f"a full tile is {TILE_BYTES} bytes, not {len(raw)}")
    return tuple(Digest(raw[at : at + Digest.LENGTH]) for at in range(0, TILE_BYTES, Digest.LENGTH))


def _pyramid_of(fetch: Fetch, level: int, index: int) -> _Pyramid:
    return _grown(_NO_HASHES, parse_tile(fetch(level, index)))


def _fill(pyramid: _Pyramid, hashes: tuple[Digest, ...]) -> tuple[_Pyramid, list[_Pyramid]]:
    """The partial tile after appending `hashes`, and the tiles that became full before it."""
    full = []
    while len(hashes) >= (space := TILE_WIDTH - len(pyramid[0])):
        full.append(_grown(pyramid, hashes[:space]))
        pyramid, hashes = _NO_HASHES, hashes[space:]
    return _grown(pyramid, hashes), full


def _grown(pyramid: _Pyramid, hashes: tuple[Digest, ...]) -> _Pyramid:
    """The pyramid with `hashes` appended to its bottom row; each node that becomes complete is hashed once."""
    if not hashes:
        return pyramid
    heights = [pyramid[0] + hashes]
    for done in pyramid[1:]:
        below = heights[-1]
        new = [node_hash(below[at], below[at + 1]) for at in range(2 * len(done), len(below) - 1, 2)]
        heights.append((*done, *new))
    return tuple(heights)
