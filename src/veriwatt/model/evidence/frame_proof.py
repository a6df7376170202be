"""The frame proof in an evidence file: the signed headers of its frames, and the proofs that they are on the ledger.

    frame    = [header, signature, group, position]
    chain    = hashes                               positions in the data chain, at the new size of their newest anchor
    anchors  = [[[leaf, index, block] ...], hashes]  in the org's log of anchors
    root log = [[leaf ...], hashes]                 leaves that frames and anchors name, and those after the anchors'

There is one multiproof a log for all frames. A frame's anchor is the one that added its position; of a register's
period the last one is the newest of the org. `block` is the index in the root log of the block with the anchor. The
indices of the root log's leaves follow from the other parts.
Spec: docs/spec/evidence.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.chain.anchor import AnchorLeaf, RootLogLeaf
from veriwatt.model.evidence.file_limits import MAX_FRAMES
from veriwatt.model.evidence.paths import MAX_LEAF, join_hashes, read_hashes

MAX_HEADER = 1 << 17
MAX_SIGNATURE = 256


@dataclass(frozen=True, slots=True)
class FramePart:
    """The signed header of a frame, the group that the claim is about, and its place in the data chain."""

    header: bytes
    signature: bytes
    group: str
    position: int

    def fields(self) -> list[Value]:
        return [self.header, self.signature, self.group, self.position]

    @classmethod
    def parse(cls, value: object) -> FramePart:
        f = Fields(value, "evidence: frame", 4)
        return cls(
            f.bytes("header", MAX_HEADER), f.bytes("signature", MAX_SIGNATURE), f.name("group"), f.uint("position")
        )


@dataclass(frozen=True, slots=True)
class PlacedAnchor:
    """An anchor, its index in the org's log of anchors, and the index of its block in the root log."""

    anchor: AnchorLeaf
    index: int
    block: int

    def fields(self) -> list[Value]:
        return [self.anchor.to_bytes(), self.index, self.block]

    @classmethod
    def parse(cls, value: object) -> PlacedAnchor:
        f = Fields(value, "evidence: anchor", 3)
        return cls(AnchorLeaf.from_bytes(f.bytes("leaf", MAX_LEAF)), f.uint("index"), f.uint("block"))


@dataclass(frozen=True, slots=True)
class AnchorsPart:
    """The anchors that the file shows, in order, each once, and one proof for all of them."""

    anchors: tuple[PlacedAnchor, ...]
    hashes: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [[each.fields() for each in self.anchors], join_hashes(self.hashes)]

    @classmethod
    def parse(cls, value: object) -> AnchorsPart:
        f = Fields(value, "evidence: anchors", 2)
        anchors = f.each("anchors", PlacedAnchor.parse, MAX_FRAMES + 1)
        if any(one.index >= other.index for one, other in zip(anchors, anchors[1:], strict=False)):
            raise Malformed("evidence: its anchors are not in ascending order")
        return cls(anchors, read_hashes(f))


@dataclass(frozen=True, slots=True)
class RootLogPart:
    """Leaves of the root log in the order of their indices, and one proof for all of them."""

    leaves: tuple[RootLogLeaf, ...]
    hashes: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [[each.to_bytes() for each in self.leaves], join_hashes(self.hashes)]

    @classmethod
    def parse(cls, value: object) -> RootLogPart:
        f = Fields(value, "evidence: root log", 2)
        return cls(f.each("leaves", _root_log_leaf, 3 * MAX_FRAMES + 2), read_hashes(f))


@dataclass(frozen=True, slots=True)
class FrameProofs:
    """The frames of a claim in the order of their positions, and the proofs of all of them."""

    FIELDS: ClassVar[int] = 4

    frames: tuple[FramePart, ...]
    chain: tuple[Digest, ...]
    anchors: AnchorsPart
    root_log: RootLogPart

    def fields(self) -> list[Value]:
        frames: list[Value] = [each.fields() for each in self.frames]
        return [frames, join_hashes(self.chain), self.anchors.fields(), self.root_log.fields()]

    @classmethod
    def read(cls, f: Fields) -> FrameProofs:
        """The proofs in the next four fields; raises Malformed."""
        frames = f.each("frames", FramePart.parse, MAX_FRAMES)
        if any(one.position >= other.position for one, other in zip(frames, frames[1:], strict=False)):
            raise Malformed("evidence: its frames are not in the order of their positions")
        return cls(frames, read_hashes(f), AnchorsPart.parse(f.raw()), RootLogPart.parse(f.raw()))


def _root_log_leaf(value: object) -> RootLogLeaf:
    if type(value) is not bytes:
        raise Malformed("evidence: a root-log leaf is not a byte string")
    return RootLogLeaf.from_bytes(value)
