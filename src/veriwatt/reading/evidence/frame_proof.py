"""The proofs of frames: their places in the data chain, their anchors, and the root-log leaves that bound times."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Protocol

from veriwatt.errors import Refused
from veriwatt.ids import Digest
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.merkle.multiproof import join_paths, multiproof
from veriwatt.merkle.tree import NodeReader
from veriwatt.model.chain.anchor import AnchorLeaf, RootLogLeaf
from veriwatt.model.evidence.frame_proof import AnchorsPart, FrameProofs, PlacedAnchor, RootLogPart
from veriwatt.model.ledger.state_keys import ROOT_LOG, anchors_key
from veriwatt.ports.ledger import LogProof, Snapshot
from veriwatt.verify.frame_proof import ParsedFrame
from veriwatt.verify.frame_times import root_log_indices
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


def include_frames(ledger: Snapshot, chain: ChainReader, org: str, positions: Sequence[int]) -> tuple[Digest, ...]:
    """The proof of ascending positions in the data chain, at the size of the anchor that added the last of them.

    Raises:
        NotAnchored: no anchor added it.
    """
    if not positions:
        return ()
    anchors = AnchorLog(ledger, org)
    size = anchors.at(_anchor_of(anchors, org, positions[-1])).new_size
    return multiproof(chain.reader(), positions, size)


def build_frame_proofs(
    ledger: Snapshot,
    records: Mapping[bytes, bytes | None],
    org: str,
    frames: Sequence[ParsedFrame],
    chain: tuple[Digest, ...],
    *,
    newest: bool = False,
) -> FrameProofs:
    """The proofs of included frames as of the snapshot's height.

    Args:
        records: the proven state records of the frames' keys.
        chain: as of `include_frames`; it never changes.
        newest: whether to show the org's newest anchor too.

    Raises:
        NotAnchored: a frame is not on the ledger yet.
    """
    anchors = AnchorLog(ledger, org)
    of_frames = {_anchor_of(anchors, org, frame.part.position) for frame in frames}
    indices = sorted(of_frames | ({len(anchors) - 1} if newest else set()))
    proofs = {index: ledger.log_proof(anchors_key(org), index) for index in indices}
    leaves = {index: AnchorLeaf.from_bytes(proof.leaf) for index, proof in proofs.items()}
    raw = records.get(ROOT_LOG)
    size = 0 if raw is None else parse_range(raw).size
    placed = [PlacedAnchor(leaf, index, _block_index(ledger, size, leaf.height)) for index, leaf in leaves.items()]
    root_log = _root_log(ledger, root_log_indices([f.header for f in frames], [each.block for each in placed], size))
    parts = tuple(frame.part for frame in frames)
    return FrameProofs(parts, chain, AnchorsPart(tuple(placed), _joined(proofs)), root_log)


def _anchor_of(anchors: AnchorLog, org: str, position: int) -> int:
    """The index of the anchor that added the frame."""
    index = anchors.covering(position)
    if index == len(anchors):
        raise NotAnchored(org, position)
    return index


def _block_index(ledger: Snapshot, size: int, height: int) -> int:
    """The index of the block of this height among the `size` leaves of the root log."""

    def height_at(index: int) -> int:
        return RootLogLeaf.from_bytes(ledger.log_leaf(ROOT_LOG, index)).height

    return bisect_left(range(size), height, key=height_at)


def _root_log(ledger: Snapshot, indices: Sequence[int]) -> RootLogPart:
    proofs = {index: ledger.log_proof(ROOT_LOG, index) for index in indices}
    return RootLogPart(tuple(RootLogLeaf.from_bytes(each.leaf) for each in proofs.values()), _joined(proofs))


def _joined(proofs: Mapping[int, LogProof]) -> tuple[Digest, ...]:
    """One proof of the leaves of a log, from the proof of each."""
    sizes = {proof.size for proof in proofs.values()}
    return join_paths({index: proof.path for index, proof in proofs.items()}, sizes.pop()) if sizes else ()
