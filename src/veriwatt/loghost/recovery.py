"""Opening an org's data chain from the ledger, the objects and the journal, also after a crash.

Interrupted steps are completed: anchors on the ledger are indexed, missing tiles are written, and the frames that are
in the journal alone are parsed again. Tiles and index are derived: damaged ones are made again from the objects. Frames
whose anchors the ledger lost go back into the journal.
"""

from __future__ import annotations

import logging
from pathlib import Path

from veriwatt.errors import Corrupted, Malformed, NotFound
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.loghost.data_chain import ChainForked, DataChain
from veriwatt.loghost.indexed_frames import indexed_frame, object_reader
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tiles import TILE_WIDTH, Edge, completed_tiles
from veriwatt.merkle.tree import EMPTY_ROOT
from veriwatt.model.frames.frame import leaf_of, parse_frame
from veriwatt.ports.blobs import BlobStore
from veriwatt.ports.tiles import TileStore
from veriwatt.readmodel.frame_index import FrameIndex, IndexDamaged, rows_of
from veriwatt.store.high_water import LEDGER, ChainBehind, LedgerBehind
from veriwatt.store.journal import journal_files, put_before, recover
from veriwatt.system.files import Files

LEAVES_AT_ONCE = 1 << 16

logger = logging.getLogger(__name__)


class IndexNeeded(Corrupted):
    """The index is damaged where nothing but the index says where frames are: the ledger lost their anchors."""

    code = "index-needed"

    def __init__(self, path: str, org: str, size: int) -> None:
        super().__init__(
            f"{path} is damaged, and the ledger lost the anchors of {org} after {size} frames, from which it could be "
            "made again: put the newest copy of ledger/ or of index.db back. Only if there is none, move index.db "
            "away and start with --refill: terminals send these frames again (docs/operations/restore.md)"
        )
        self.path, self.org, self.size = path, org, size


def open_chain(
    org: str,
    files: Files,
    journal_folder: Path,
    tiles: TileStore,
    blobs: BlobStore,
    index: FrameIndex,
    anchored: CompactRange,
    anchors: AnchorLog,
    *,
    refill: bool = False,
) -> DataChain:
    """The org's chain as the ledger and the journal have it.

    Args:
        anchored: the range that the ledger's state holds.
        anchors: the org's on the ledger.
        refill: whether anchored frames may be missing at the end; then the chain has fewer anchors than the ledger.
            Or the ledger may have lost anchors; then their frames wait for an anchor again.

    Raises:
        ChainForked: objects and tiles lead to another root than the ledger's.
        ChainBehind: frames that were anchored are missing.
        LedgerBehind: the ledger lost anchors.
        IndexNeeded: it did, and the index does not lead to their frames.
        Corrupted: an object or the journal is damaged.
    """
    indexed = index.size(org)
    if indexed > anchored.size:
        if not refill:
            raise LedgerBehind(org, anchored.size, indexed)
        _put_back(org, files, journal_folder, blobs, index, anchored.size)
    size = _index_anchors(org, blobs, index, anchors)
    _write_missing_tiles(tiles, index, org, size)
    edge = _edge(tiles, index, org, size, anchored, anchors)
    if edge is None:
        logger.warning("tiles of %s do not lead to the root on the ledger; they are written again", org)
        _write_tiles(tiles, index, org, size)
        edge = _edge(tiles, index, org, size, anchored, anchors)
    if edge is None:
        logger.warning("the index of %s does not lead to the root on the ledger; it is made again", org)
        index.forget(org)
        size = _index_anchors(org, blobs, index, anchors)
        _write_tiles(tiles, index, org, size)
        edge = _edge(tiles, index, org, size, anchored, anchors)
    if edge is None:
        raise ChainForked(org, "the frames in the objects do not lead to the root on the ledger")
    if size < anchored.size and not refill:
        raise ChainBehind(org, size, anchored.size, LEDGER)
    journal, tail = recover(files, journal_folder, size, leaf_of)
    count = anchors.covering(size)
    return DataChain(org, tiles, blobs, index, journal, edge, count, [parse_frame(upload) for upload in tail])


def _put_back(org: str, files: Files, journal_folder: Path, blobs: BlobStore, index: FrameIndex, start: int) -> None:
    """Put the anchored frames from position `start` on back before those of the journal; may be repeated.

    Raises:
        IndexNeeded: the index does not lead to one of them; nothing was changed.
    """
    rows = index.rows(org, start)
    end = min(journal_files(files, journal_folder), default=index.size(org))
    data = object_reader(blobs)
    try:
        uploads = [indexed_frame(index, org, row, data(row.object)).upload for row in rows if row.position < end]
    except IndexDamaged as error:
        raise IndexNeeded(error.path, org, start) from error
    if uploads:
        put_before(files, journal_folder, start, uploads, leaf_of)
    index.forget(org, start)
    logger.warning(
        "the ledger of %s lost the anchors after %d frames; what follows waits for an anchor again", org, start
    )


def _index_anchors(org: str, blobs: BlobStore, index: FrameIndex, anchors: AnchorLog) -> int:
    """Index the anchors that the index lacks, up to the first without its objects; returns the frames indexed."""
    indexed = index.size(org)
    for leaf in anchors.after(anchors.covering(indexed)):
        try:
            rows = list(rows_of(blobs, leaf))
        except NotFound:
            break
        index.add(rows)
        indexed = leaf.new_size
    return indexed


def _write_missing_tiles(store: TileStore, index: FrameIndex, org: str, size: int) -> None:
    """Write again the full tiles that are missing; the leaves are those of objects that were hashed when indexed."""
    if not all(store.has(level, number) for level, number in completed_tiles(0, size)):
        _write_tiles(store, index, org, size)


def _write_tiles(store: TileStore, index: FrameIndex, org: str, size: int) -> None:
    """Write every full tile that is missing or differs from that of the leaves in the index."""
    edge = Edge.empty()
    for at in range(0, size, LEAVES_AT_ONCE):
        edge, tiles = edge.extend(index.leaves(org, at, min(at + LEAVES_AT_ONCE, size)))
        for tile in tiles:
            if not (store.has(tile.level, tile.index) and store.get(tile.level, tile.index) == tile.hashes):
                store.put(tile)


def _edge(
    tiles: TileStore, index: FrameIndex, org: str, size: int, anchored: CompactRange, anchors: AnchorLog
) -> Edge | None:
    """The edge of the first `size` frames; None when tiles and index do not lead to the root on the ledger."""
    last_full, count = size - size % TILE_WIDTH, anchors.covering(size)
    try:
        edge = Edge.rebuild(size, tiles.get, index.leaves(org, last_full, size))
    except (Malformed, NotFound):
        return None
    root = anchored.root() if size == anchored.size else anchors.at(count - 1).root if count else EMPTY_ROOT
    return edge if edge.compact_range().root() == root else None
