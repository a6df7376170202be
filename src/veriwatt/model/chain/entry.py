"""What the data chain keeps of a frame beside its upload."""

from __future__ import annotations

from typing import NamedTuple

from veriwatt.ids import Digest, FrameId
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.chain.manifest import Tip
from veriwatt.model.frames.frame import Frame


class ChainEntry(NamedTuple):
    """A frame's leaf hash in the chain, its id and its number."""

    leaf: Digest
    frame: FrameId
    terminal: str
    epoch: int
    seq: int

    def number(self) -> tuple[str, int, int]:
        """Terminal, epoch, seq: what a frame's terminal calls it."""
        return self[2:]

    def tip(self) -> Tip:
        return Tip(self.terminal, self.epoch, self.seq, self.frame)


def chain_entry_of(frame: Frame) -> ChainEntry:
    """What the chain is to keep of a parsed frame."""
    header = frame.header
    return ChainEntry(leaf_hash(frame.leaf_data()), frame.frame_id, header.terminal, header.epoch, header.seq)
