"""An org's data chain on the node that keeps it: objects where an anchor covers them, the journal after that.

Order everywhere: store first, anchor second, index last. Frames that no anchor covers are in memory as they were
parsed on arrival, so that nothing of them is read back or hashed again. `recovery.open_chain` opens a chain.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, islice

from veriwatt.errors import Corrupted, NotFound
from veriwatt.ids import Digest, FrameId, ObjectId
from veriwatt.loghost.indexed_frames import indexed_frame, object_reader
from veriwatt.merkle.compact_range import subtrees_between
from veriwatt.merkle.tiles import TILE_HEIGHT, Edge, Tile, TileDamaged, TileReader
from veriwatt.merkle.tree import cover, fold_peaks, inclusion_path
from veriwatt.model.chain.anchor import Anchor, AnchorLeaf
from veriwatt.model.chain.manifest import Manifest, Segment, pack_segments, read_segment
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.ports.blobs import BlobStore
from veriwatt.ports.tiles import TileStore
from veriwatt.readmodel.frame_index import FrameIndex, FrameRow, row_of, rows_of
from veriwatt.store.journal import Journal
from veriwatt.units import UtcMillis


class ChainForked(Corrupted):
    """The ledger has another history of the data chain than the node that stores the chain."""

    code = "chain-forked"

    def __init__(self, org: str, why: str) -> None:
        super().__init__(
            f"the data chain of {org} and the ledger have two histories: {why}. Either another home of {org} anchored, "
            "or this one was put back and accepted new frames: one home alone goes on, and `--refill` does not help "
            "(docs/operations/restore.md)"
        )
        self.org, self.why = org, why


class DataChain:
    """One org's chain, one writer. Everything appended is durable; its first `anchored_size` frames are anchored.

    `tips` is each terminal's newest frame.
    """

    def __init__(
        self,
        org: str,
        tiles: TileStore,
        blobs: BlobStore,
        index: FrameIndex,
        journal: Journal,
        edge: Edge,
        anchors: int,
        tail: Sequence[Frame],
    ) -> None:
        """Used by `open_chain` alone.

        Args:
            edge: of the anchored frames.
            anchors: how many there are on the ledger, which is as many as the edge covers.
            tail: the frames that the journal has beyond them.
        """
        self.org = org
        self.tips: dict[str, FrameRef] = {row.frame.terminal: row.frame for row in index.newest(org)}
        self.anchored_size = edge.size
        self.anchors = anchors
        self._tiles, self._blobs, self._index = tiles, blobs, index
        self._journal, self._reader = journal, TileReader(edge, self._tile)
        self._tail: list[Frame] = []
        self._ready: list[UtcMillis] = []
        self._numbers: dict[tuple[str, FrameNumber], int] = {}
        self._fresh: dict[tuple[int, int], bytes] = {}
        self._prepared: tuple[ObjectId, list[FrameRow]] | None = None
        self._extend(tail, [frame.leaf for frame in tail])

    @property
    def size(self) -> int:
        """Frames in the chain, anchored or not."""
        return self._reader.edge.size

    def root(self) -> Digest:
        return self._reader.edge.compact_range().root()

    def root_at(self, size: int) -> Digest:
        """The root when the chain had `size` frames, at most the present ones."""
        return fold_peaks([self._reader.node(level, index) for level, index in cover(0, size)])

    def root_after(self, frames: Iterable[Frame]) -> Digest:
        """The root that the chain would have with these frames appended."""
        return self._reader.edge.extend([frame.leaf for frame in frames])[0].compact_range().root()

    @property
    def latest(self) -> UtcMillis:
        """The latest time that a frame without an anchor states; 0 when all are anchored."""
        return self._ready[-1] if self._ready else 0

    def append(self, frames: Sequence[Frame], meanwhile: Callable[[], object] | None = None) -> int:
        """Add checked frames as one group commit; durable on return. Returns the first one's position.

        `meanwhile` is done while the disk syncs; if it raises, nothing was added.
        """
        leaves = [frame.leaf for frame in frames]
        first = self._journal.append([frame.upload for frame in frames], leaves, meanwhile)
        self._extend(frames, leaves)
        return first

    def upload(self, position: int) -> bytes:
        """The frame at a position, exactly as accepted; NotFound beyond the end."""
        if position >= self.size:
            raise NotFound(f"the data chain of {self.org} has {self.size} frames, no number {position}")
        if position >= self.anchored_size:
            return self._tail[position - self.anchored_size].upload
        row = self._index.row(self.org, position)
        return indexed_frame(self._index, self.org, row, self._blobs.get(row.object)).upload

    def newest(self, terminal: str) -> tuple[int, Frame] | None:
        """Position and frame of a terminal's newest frame; None when the chain has none."""
        tip = self.tips.get(terminal)
        if tip is None:
            return None
        return next(self.frames_at([self.find(terminal, tip.number)[0]]))

    def objects(self) -> Callable[[ObjectId], bytes]:
        """As `object_reader`, for the objects of this chain."""
        return object_reader(self._blobs)

    def frames(self, start: int, objects: Callable[[ObjectId], bytes] | None = None) -> Iterator[tuple[int, Frame]]:
        """The frames from position `start` on; of those that are anchored each object is read once.

        Whoever reads some frames at a time gives the same `objects` each time.
        """
        data = objects or self.objects()
        for position, name, offset, length in self._index.places(self.org, start):
            yield position, parse_frame(data(name)[offset : offset + length])
        for position in range(max(start, self.anchored_size), self.size):
            yield position, self._tail[position - self.anchored_size]

    def frames_at(self, positions: Iterable[int]) -> Iterator[tuple[int, Frame]]:
        """The frames at positions below `size`, in their order; consecutive ones of an object read it once."""
        name, data = None, b""
        for position in positions:
            if position >= self.anchored_size:
                yield position, self._tail[position - self.anchored_size]
                continue
            row = self._index.row(self.org, position)
            if row.object != name:
                name, data = row.object, self._blobs.get(row.object)
            yield position, indexed_frame(self._index, self.org, row, data)

    def find(self, terminal: str, number: FrameNumber) -> tuple[int, FrameId]:
        """Position and id of the frame of that number; NotFound when the chain has none."""
        position = self._numbers.get((terminal, number))
        if position is not None:
            return position, self._tail[position - self.anchored_size].frame_id
        row = self._index.by_number(self.org, terminal, number)
        return row.position, row.frame.frame_id

    def reader(self) -> TileReader:
        """The chain's nodes, for paths at any size up to `size`."""
        return self._reader

    def path(self, position: int, size: int) -> tuple[Digest, ...]:
        """The inclusion path of a frame in the chain of `size` frames, at most the present ones."""
        return inclusion_path(self._reader, position, size)

    def is_ready(self, by: UtcMillis) -> bool:
        """Whether the next anchor would cover a frame."""
        return bool(self._ready) and self._ready[0] <= by

    def prepare_anchor(self, by: UtcMillis) -> Anchor | None:
        """Store everything that the next anchor names, durably; None when no frame is ready.

        It covers the frames up to the first that states a time after `by`. May be repeated: the same frames give the
        same objects and the same anchor.
        """
        ready = self._tail[: bisect_right(self._ready, by)]
        return self._store(ready) if ready else None

    def _store(self, ready: Sequence[Frame]) -> Anchor:
        """Store everything that an anchor of these frames, the first without one, names; durable on return."""
        self._journal.rotate()
        segments, rows, size = [], list[FrameRow](), self.anchored_size + len(ready)
        for count, data in pack_segments([frame.upload for frame in ready]):
            name, at = self._blobs.put(data), len(rows)
            segments.append(Segment(self.anchored_size + at, count, name, len(data)))
            for i, place in enumerate(read_segment(data), at):
                rows.append(row_of(ready[i], self.anchored_size + i, name, *place))
        newest = {frame.terminal: frame.ref for frame in ready}
        tips = tuple(newest[name] for name in sorted(newest))
        manifest = Manifest(self.org, self.anchored_size, size, tuple(segments), tips)
        for (level, number), data in self._fresh.items():
            if _tile_end(level, number) <= size:
                self._tiles.put(Tile(level, number, data))
        subtrees = subtrees_between(self._reader, self.anchored_size, size)
        stored = self._blobs.put(manifest.to_bytes())
        self._prepared = stored, rows
        return Anchor(self.anchored_size, size, subtrees, stored, manifest.tips_root())

    def anchored(self, leaves: Iterable[AnchorLeaf]) -> None:
        """Follow anchors on the ledger, the next ones in order: index their frames, then drop them from the journal.

        Raises:
            ChainForked: the ledger anchored other frames than these; nothing is forgotten.
        """
        for leaf in leaves:
            self._check_own(leaf)
            self._index.add(self._rows(leaf))
            self._forget(leaf.new_size)
            self.anchors += 1
        self._journal.drop(self.anchored_size)

    def _check_own(self, leaf: AnchorLeaf) -> None:
        """Raise ChainForked unless the anchor is of this chain: any signer for the org can anchor another root."""
        if leaf.old_size != self.anchored_size or leaf.new_size > self.size:
            there = f"an anchor from {leaf.old_size} to {leaf.new_size}"
            raise ChainForked(self.org, f"{there}, here are {self.size} frames")
        if self.root_at(leaf.new_size) != leaf.root:
            raise ChainForked(self.org, f"they differ in root at {leaf.new_size} frames")

    def _rows(self, leaf: AnchorLeaf) -> Iterable[FrameRow]:
        """The index rows of an anchor: of the one just prepared as it was stored, else from its objects."""
        if not self._blobs.has(leaf.manifest):  # a chain that was filled again: the same frames give the same objects
            self._store(self._tail[: leaf.new_size - self.anchored_size])
        if self._prepared is not None and self._prepared[0] == leaf.manifest:
            return self._prepared[1]
        return rows_of(self._blobs, leaf)

    def _forget(self, anchored: int) -> None:
        """Drop from memory the frames that the index and the objects now have."""
        gone = anchored - self.anchored_size
        for frame in self._tail[:gone]:
            del self._numbers[frame.terminal, frame.number]
        del self._tail[:gone], self._ready[:gone]
        self._prepared = None
        for level, number in list(self._fresh):
            if _tile_end(level, number) <= anchored:
                del self._fresh[level, number]
        self.anchored_size = anchored

    def _extend(self, frames: Sequence[Frame], leaves: Sequence[Digest]) -> None:
        refs = [frame.ref for frame in frames]
        self._numbers.update(zip([ref[:2] for ref in refs], range(self.size, self.size + len(refs)), strict=True))
        self.tips.update({ref.terminal: ref for ref in refs})
        self._tail += frames
        self._ready += islice(accumulate((frame.latest for frame in frames), max, initial=self.latest), 1, None)
        self._reader.edge, tiles = self._reader.edge.extend(leaves)
        self._fresh.update(((tile.level, tile.index), tile.hashes) for tile in tiles)

    def _tile(self, level: int, number: int) -> bytes:
        fresh = self._fresh.get((level, number))
        if fresh is not None:
            return fresh
        try:
            return self._tiles.get(level, number)
        except NotFound as error:
            raise TileDamaged(level, number) from error


def _tile_end(level: int, number: int) -> int:
    """The position after the last frame below a full tile."""
    return (number + 1) << TILE_HEIGHT * (level + 1)
