"""Opening an org's data chain from the ledger, the objects and the journal, also after a crash.

Interrupted steps are completed: anchors on the ledger are indexed, missing tiles are written, and the frames that are
in the journal alone are parsed again.
"""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import NotFound
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.loghost.data_chain import ChainForked, DataChain
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tiles import TILE_WIDTH, Edge, completed_tiles
from veriwatt.merkle.tree import EMPTY_ROOT
from veriwatt.model.frames.frame import leaf_of, parse_frame
from veriwatt.ports.blobs import BlobStore
from veriwatt.ports.tiles import TileStore
from veriwatt.readmodel.frame_index import FrameIndex, rows_of
from veriwatt.store.high_water import LEDGER, ChainBehind
from veriwatt.store.journal import recover
from veriwatt.system.files import Files

LEAVES_AT_ONCE = 1 << 16


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

    Raises:
        ChainForked: objects and tiles lead to another root than the ledger's, or the ledger lost anchors.
        ChainBehind: frames that were anchored are missing.
        Corrupted: an object or the journal is damaged.
    """
    indexed = index.size(org)
    if indexed > anchored.size:
        raise ChainForked(org, f"the index has {indexed} frames that were anchored, the ledger {anchored.size}")
    size = _index_anchors(org, blobs, index, anchors)
    if size < anchored.size and not refill:
        raise ChainBehind(org, size, anchored.size, LEDGER)
    _write_missing_tiles(tiles, index, org, size)
    last_full = size - size % TILE_WIDTH
    edge, count = Edge.rebuild(size, tiles.get, index.leaves(org, last_full, size)), anchors.covering(size)
    expected = anchored.root() if size == anchored.size else anchors.at(count - 1).root if count else EMPTY_ROOT
    if edge.compact_range().root() != expected:
        raise ChainForked(org, "tiles and frames do not lead to the root on the ledger")
    journal, tail = recover(files, journal_folder, size, leaf_of)
    return DataChain(org, tiles, blobs, index, journal, edge, count, [parse_frame(upload) for upload in tail])


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
    if all(store.has(level, number) for level, number in completed_tiles(0, size)):
        return
    edge = Edge.empty()
    for at in range(0, size, LEAVES_AT_ONCE):
        edge, tiles = edge.extend(index.leaves(org, at, min(at + LEAVES_AT_ONCE, size)))
        for tile in tiles:
            if not store.has(tile.level, tile.index):
                store.put(tile)
