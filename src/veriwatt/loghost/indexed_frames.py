"""Anchored frames, read from their objects where the index says that they are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

from veriwatt.errors import Malformed
from veriwatt.ids import ObjectId
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.ports.blobs import BlobStore
from veriwatt.readmodel.frame_index import FrameIndex, FrameRow


def object_reader(blobs: BlobStore) -> Callable[[ObjectId], bytes]:
    """Reads objects; one that is asked for again and again, until another is, is read once."""
    return lru_cache(1)(blobs.get)


def indexed_frame(index: FrameIndex, org: str, row: FrameRow, data: bytes) -> Frame:
    """The frame of an index row in its object, whose bytes are those of its name; raises IndexDamaged."""
    with suppress(Malformed):
        frame = parse_frame(data[row.offset : row.offset + row.length])
        if frame.leaf == row.leaf:
            return frame
    raise index.damaged(f"row {row.position} of {org} does not lead to its frame")
