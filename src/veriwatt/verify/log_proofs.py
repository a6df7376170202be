"""Steps 6 and 7: the anchors of all frames are in the org's log of anchors, and the frames in its data chain.

One multiproof a log proves all leaves. The ledger computes each anchor's root from the range before it, so what is in
the data chain at a later anchor's size is at the same position at each earlier one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.multiproof import verify_leaves
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.evidence.frame_proof import AnchorsPart, FramePart, PlacedAnchor
from veriwatt.verify.refusals import AnchorBeyondState, WrongAnchor
from veriwatt.verify.steps import require_equal


def verify_in_log(what: str, leaves: Mapping[int, Digest], size: int, hashes: Sequence[Digest], root: Digest) -> None:
    """As `verify_leaves`; without any leaf there must be no hash."""
    if leaves:
        verify_leaves(leaves, size, hashes, root)
    elif hashes:
        raise Malformed(f"the proof of the {what} has hashes for no leaf")


def prove_anchors(part: AnchorsPart, log: CompactRange, org: str, height: int) -> None:
    """Raise unless all anchors are the org's, in its log of anchors `log`, and in blocks up to `height`.

    Raises:
        RootMismatch: a leaf is not in the log.
        Contradiction: it is another org's.
        AnchorBeyondState: its block comes after the proven state.
    """
    leaves = {each.index: leaf_hash(each.anchor.to_bytes()) for each in part.anchors}
    verify_in_log("log of anchors", leaves, log.size, part.hashes, log.root())
    for each in part.anchors:
        require_equal("org of the anchor", org, each.anchor.org)
        if each.anchor.height > height:
            raise AnchorBeyondState(each.anchor.height)


def anchors_of(frames: Sequence[FramePart], part: AnchorsPart, newest: int | None) -> list[PlacedAnchor]:
    """The proven anchor that added each frame.

    Args:
        newest: the index of the org's newest anchor, where the file has to show it.

    Raises:
        WrongAnchor: a frame has no anchor in the file.
        Contradiction: the last anchor is not the newest.
        Malformed: another anchor has no frame.
    """
    found = [_anchor_of(frame.position, part.anchors) for frame in frames]
    shown = {each.index for each in found}
    if newest is not None:
        require_equal("index of the newest anchor", newest, part.anchors[-1].index)
        shown.add(newest)
    if len(shown) != len(part.anchors):
        raise Malformed("the file has an anchor that added none of its frames")
    return found


def _anchor_of(position: int, anchors: Sequence[PlacedAnchor]) -> PlacedAnchor:
    at = bisect_right(anchors, position, key=lambda each: each.anchor.new_size)
    if at == len(anchors) or position < anchors[at].anchor.old_size:
        raise WrongAnchor(position)
    return anchors[at]
