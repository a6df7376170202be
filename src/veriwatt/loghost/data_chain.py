"""An org's data chain on the node that keeps it: objects where an anchor covers them, the journal after that.

Order everywhere: store first, anchor second, index last. `open_chain` is what recovery runs, and
`anchored` is what both recovery and the happy path run after an anchor is on the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from veriwatt.errors import Corrupted, NotFound
from veriwatt.ids import Digest, FrameId
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.merkle.range import CompactRange, subtrees_between
from veriwatt.merkle.tiles import TILE_HEIGHT, TILE_WIDTH, Edge, Tile, TileReader, completed_tiles
from veriwatt.merkle.tree import cover, fold_peaks, inclusion_path
from veriwatt.model.chain.anchor import Anchor, AnchorLeaf
from veriwatt.model.chain.entry import ChainEntry, chain_entry_of
from veriwatt.model.chain.manifest import Manifest, Segment, pack_segments
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.frames.upload import leaf_of, parse_frame
from veriwatt.ports.blobs import BlobStore
from veriwatt.ports.tiles import TileStore
from veriwatt.readmodel.frame_index import FrameIndex, rows_of
from veriwatt.store.journal import Journal, recover
from veriwatt.system.files import Files

LEAVES_AT_ONCE = 1 << 16


class ChainForked(Corrupted):
    """The ledger has another history of a data chain than the node that keeps it."""

    code = "chain-forked"

    def __init__(self, org: str, why: str) -> None:
        super().__init__(f"the data chain of {org} and the ledger have two histories: {why}")
        self.org, self.why = org, why


class DataChain:
    """One org's chain, one writer. Everything appended is durable; `anchored_size` of it is on the ledger."""

    def __init__(
        self,
        org: str,
        tiles: TileStore,
        blobs: BlobStore,
        index: FrameIndex,
        journal: Journal,
        edge: Edge,
        anchors: int,
    ) -> None:
        """Used by `open_chain` alone; `anchors` counts those on the ledger that the edge covers."""
        self.org = org
        self.tips: dict[str, FrameRef] = {row.frame.terminal: row.frame for row in index.newest(org)}
        self.anchored_size = edge.size
        self.anchors = anchors
        self._tiles, self._blobs, self._index = tiles, blobs, index
        self._journal, self._reader = journal, TileReader(edge, self._tile)
        self._uploads: list[bytes] = []
        self._entries: list[ChainEntry] = []
        self._numbers: dict[tuple[str, FrameNumber], int] = {}
        self._fresh: dict[tuple[int, int], bytes] = {}

    @property
    def size(self) -> int:
        """Frames in the chain, anchored or not."""
        return self._reader.edge.size

    def root(self) -> Digest:
        return self._reader.edge.compact_range().root()

    def append(self, uploads: Sequence[bytes], entries: Sequence[ChainEntry]) -> int:
        """Add checked frames as one group commit; durable on return. Returns the first one's position."""
        first = self._journal.append(uploads, [entry.leaf for entry in entries])
        self._extend(uploads, entries)
        return first

    def upload(self, position: int) -> bytes:
        """The frame at a position, exactly as accepted; NotFound beyond the end."""
        if position >= self.size:
            raise NotFound(f"the data chain of {self.org} has {self.size} frames, no number {position}")
        if position >= self.anchored_size:
            return self._uploads[position - self.anchored_size]
        row = self._index.row(self.org, position)
        return self._blobs.get(row.object)[row.offset : row.offset + row.length]

    def uploads(self, start: int) -> Iterator[tuple[int, bytes]]:
        """The frames from position `start` on, each object read once."""
        name, data = None, b""
        for row in self._index.rows(self.org, start):
            if row.object != name:
                name, data = row.object, self._blobs.get(row.object)
            yield row.position, data[row.offset : row.offset + row.length]
        for position in range(max(start, self.anchored_size), self.size):
            yield position, self._uploads[position - self.anchored_size]

    def find(self, terminal: str, number: FrameNumber) -> tuple[int, FrameId]:
        """Position and id of the frame of that number; NotFound when the chain has none."""
        position = self._numbers.get((terminal, number))
        if position is not None:
            return position, self._entries[position - self.anchored_size].ref.frame_id
        row = self._index.by_number(self.org, terminal, number)
        return row.position, row.frame.frame_id

    def reader(self) -> TileReader:
        """The chain's nodes, for paths at any size up to `size`."""
        return self._reader

    def path(self, position: int, size: int) -> tuple[Digest, ...]:
        """The inclusion path of a frame in the chain of `size` frames, at most the present ones."""
        return inclusion_path(self._reader, position, size)

    def prepare_anchor(self) -> Anchor | None:
        """Store everything an anchor of the present size names, durably; None when nothing is new.

        May be repeated: the same frames give the same objects and the same anchor.
        """
        if self.size == self.anchored_size:
            return None
        self._journal.rotate()
        segments, at = [], self.anchored_size
        for count, data in pack_segments(self._uploads):
            segments.append(Segment(at, count, self._blobs.put(data), len(data)))
            at += count
        newest = {entry.ref.terminal: entry.ref for entry in self._entries}
        tips = tuple(newest[name] for name in sorted(newest))
        manifest = Manifest(self.org, self.anchored_size, self.size, tuple(segments), tips)
        for (level, number), data in self._fresh.items():
            self._tiles.put(Tile(level, number, data))
        subtrees = subtrees_between(self._reader, self.anchored_size, self.size)
        stored = self._blobs.put(manifest.to_bytes())
        return Anchor(self.anchored_size, self.size, subtrees, stored, manifest.tips_root())

    def anchored(self, leaves: Iterable[AnchorLeaf]) -> None:
        """Take note of anchors on the ledger, the next ones in order: index their frames, then let the journal go.

        Raises:
            ChainForked: the ledger anchored other frames than these; nothing is forgotten.
        """
        for leaf in leaves:
            self._check_own(leaf)
            index_anchor(self._index, self._blobs, leaf)
            self._forget(leaf.new_size)
            self.anchors += 1
        self._journal.drop(self.anchored_size)

    def _check_own(self, leaf: AnchorLeaf) -> None:
        """Whoever may sign for the org can anchor what is not its chain; the machine cannot know that."""
        if leaf.old_size != self.anchored_size or leaf.new_size > self.size:
            there = f"an anchor from {leaf.old_size} to {leaf.new_size}"
            raise ChainForked(self.org, f"{there}, here are {self.size} frames")
        peaks = [self._reader.node(level, index) for level, index in cover(0, leaf.new_size)]
        if fold_peaks(peaks) != leaf.root:
            raise ChainForked(self.org, f"they differ in root at {leaf.new_size} frames")

    def _forget(self, anchored: int) -> None:
        """Drop from memory what the index and the objects now answer for."""
        gone = anchored - self.anchored_size
        for entry in self._entries[:gone]:
            del self._numbers[entry.ref[:2]]
        del self._uploads[:gone], self._entries[:gone]
        for level, number in list(self._fresh):
            if (number + 1) << TILE_HEIGHT * (level + 1) <= anchored:
                del self._fresh[level, number]
        self.anchored_size = anchored

    def _extend(self, uploads: Sequence[bytes], entries: Sequence[ChainEntry]) -> None:
        numbers = [entry.ref[:2] for entry in entries]
        self._numbers.update(zip(numbers, range(self.size, self.size + len(numbers)), strict=True))
        self.tips.update({entry.ref.terminal: entry.ref for entry in entries})
        self._uploads += uploads
        self._entries += entries
        self._reader.edge, tiles = self._reader.edge.extend([entry.leaf for entry in entries])
        self._fresh.update(((tile.level, tile.index), tile.hashes) for tile in tiles)

    def _tile(self, level: int, number: int) -> bytes:
        fresh = self._fresh.get((level, number))
        return fresh if fresh is not None else self._tiles.get(level, number)


def open_chain(
    org: str,
    files: Files,
    journal_folder: Path,
    tiles: TileStore,
    blobs: BlobStore,
    index: FrameIndex,
    anchored: CompactRange,
    anchors: AnchorLog,
) -> DataChain:
    """The org's chain as the ledger and the journal have it.

    Args:
        anchored: the range that the ledger's state holds.
        anchors: the org's on the ledger.

    Raises:
        ChainForked: objects and tiles lead to another root than the ledger's, or the ledger lost anchors.
        Corrupted: an object or the journal is damaged.
    """
    indexed = index.size(org)
    if indexed > anchored.size:
        raise ChainForked(org, f"the index has {indexed} frames that were anchored, the ledger {anchored.size}")
    for leaf in anchors.after(anchors.covering(indexed)):
        index_anchor(index, blobs, leaf)
    _write_missing_tiles(tiles, index, org, anchored.size)
    last_full = anchored.size - anchored.size % TILE_WIDTH
    edge = Edge.rebuild(anchored.size, tiles.get, index.leaves(org, last_full, anchored.size))
    if edge.compact_range() != anchored:
        raise ChainForked(org, "tiles and frames do not lead to the root on the ledger")
    journal, tail = recover(files, journal_folder, anchored.size, leaf_of)
    chain = DataChain(org, tiles, blobs, index, journal, edge, len(anchors))
    chain._extend(tail, [chain_entry_of(parse_frame(upload)) for upload in tail])  # noqa: SLF001 - its own constructor
    return chain


def index_anchor(index: FrameIndex, blobs: BlobStore, leaf: AnchorLeaf) -> None:
    """Index the frames of one anchor from its objects."""
    index.add(rows_of(blobs, leaf))


def _write_missing_tiles(store: TileStore, index: FrameIndex, org: str, size: int) -> None:
    """Write again the full tiles that are missing; the leaves are those of objects that were hashed when indexed."""
    if all(store.has(level, number) for level, number in completed_tiles(0, size)):
        return
    edge = Edge.empty()
    for at in range(0, size, LEAVES_AT_ONCE):
        edge, tiles = edge.extend(index.leaves(org, at, min(at + LEAVES_AT_ONCE, size)))
        for tile in tiles:
            if not store.has(tile.level, tile.index):
                store.put(tile)
