"""The frame proof: a frame's place in its data chain, its anchor, and the root-log leaves that bound its times."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Protocol

from veriwatt.errors import Refused
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.merkle.tree import NodeReader, inclusion_path
from veriwatt.model.chain.anchor import AnchorLeaf, RootLogLeaf
from veriwatt.model.evidence.frame_proof import AnchorBlock, FrameProof, Inclusion, RootLogNeighbour
from veriwatt.model.evidence.paths import PlacedLeaf
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.ledger.state_keys import ROOT_LOG, anchors_key
from veriwatt.ports.ledger import Snapshot
from veriwatt.verify.frame_proof import StatedFrame
from veriwatt.verify.frame_times import place_in_path, sibling_level
from veriwatt.verify.state_proof import parse_range


class NotAnchored(Refused):
    """The frame is accepted and not yet on the ledger, so nothing about it can be proven."""

    code = "not-anchored"

    def __init__(self, org: str, position: int) -> None:
        super().__init__(f"frame {position} of {org} is not anchored yet; try again after the next anchor")
        self.org, self.position = org, position


class ChainReader(Protocol):
    """One org's data chain: its frames as accepted, and the nodes of its tree."""

    def upload(self, position: int) -> bytes: ...

    def reader(self) -> NodeReader: ...


def include_frame(ledger: Snapshot, chain: ChainReader, org: str, position: int) -> Inclusion:
    """The frame's path in the data chain at the size of the anchor that added it; NotAnchored when none did."""
    anchors = AnchorLog(ledger, org)
    size = anchors.at(_anchor_of(anchors, org, position)).new_size
    return Inclusion(position, inclusion_path(chain.reader(), position, size))


def build_frame_proof(
    ledger: Snapshot, records: Mapping[bytes, bytes | None], frame: StatedFrame, inclusion: Inclusion
) -> FrameProof:
    """The proof of an included frame as of the snapshot's height.

    Args:
        records: the proven state records of the frame's keys.

    Raises:
        NotAnchored: the frame is not on the ledger yet.
    """
    org = frame.header.org
    index = _anchor_of(AnchorLog(ledger, org), org, inclusion.position)
    anchor = _placed(ledger, anchors_key(org), index)
    root_log = records[ROOT_LOG]
    size = 0 if root_log is None else parse_range(root_log).size
    block = _block(ledger, size, AnchorLeaf.from_bytes(anchor.leaf))
    return FrameProof(frame.part, inclusion, anchor, _named_leaf(ledger, frame.header, block), block)


def _anchor_of(anchors: AnchorLog, org: str, position: int) -> int:
    """The index of the anchor that added the frame."""
    index = anchors.covering(position)
    if index == len(anchors):
        raise NotAnchored(org, position)
    return index


def _placed(ledger: Snapshot, log: bytes, index: int) -> PlacedLeaf:
    found = ledger.log_proof(log, index)
    return PlacedLeaf(found.leaf, index, found.path)


def _block(ledger: Snapshot, size: int, anchor: AnchorLeaf) -> AnchorBlock:
    """The root-log leaf of the anchor's block among `size` leaves, and the one after it."""

    def height(index: int) -> int:
        return RootLogLeaf.from_bytes(ledger.log_leaf(ROOT_LOG, index)).height

    index = bisect_left(range(size), anchor.height, key=height)
    own = _placed(ledger, ROOT_LOG, index)
    following = None
    if index + 1 < size:
        level = sibling_level(index + 1, index)
        after = _placed(ledger, ROOT_LOG, index + 1)
        following = RootLogNeighbour(after.leaf, after.path[: place_in_path(index + 1, size, level)])
    return AnchorBlock(RootLogLeaf.from_bytes(own.leaf).app_hash, index, own.path, following)


def _named_leaf(ledger: Snapshot, header: FrameHeader, block: AnchorBlock) -> RootLogNeighbour | None:
    """The root-log leaf that the header names, with the path up to where it meets that of the anchor's block."""
    if header.root_log_size == 0:
        return None
    index = header.root_log_size - 1
    found = _placed(ledger, ROOT_LOG, index)
    return RootLogNeighbour(found.leaf, found.path[: max(sibling_level(index, block.index), 0)])
