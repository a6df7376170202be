"""What the data chain keeps of a frame beside its upload."""

from __future__ import annotations

from typing import NamedTuple

from veriwatt.ids import Digest
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.number import FrameRef


class ChainEntry(NamedTuple):
    """A frame's leaf hash in the chain, and which frame it is."""

    leaf: Digest
    ref: FrameRef


def chain_entry_of(frame: Frame) -> ChainEntry:
    """What the chain is to keep of a parsed frame."""
    return ChainEntry(leaf_hash(frame.leaf_data()), frame.ref)
