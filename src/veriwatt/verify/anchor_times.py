"""Step 10: between which two moments of the ledger's time a frame was signed and anchored.

The ledger's own header time is the votes' of the block before, so an anchor's block was surely final only
by the time of a later header. The root log has one leaf for each block that changed the state; the
one after the anchor's is such a header, else the light block is.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.merkle.range import CompactRange
from veriwatt.merkle.tree import leaf_hash, verify_inclusion
from veriwatt.model.anchor import AnchorLeaf, RootLogLeaf
from veriwatt.model.evidence import BlockPart, Evidence, KnownLeaf
from veriwatt.model.frame import FrameHeader
from veriwatt.units import UtcMillis
from veriwatt.verify.steps import Unproven, same


@dataclass(frozen=True, slots=True)
class Times:
    """Bounds in UTC milliseconds, by the ledger's time. `signed_after` None: the frame knew no block.

    `anchor_time` stands in the header of the anchor's own block, and may be older than the block.
    """

    signed_after: UtcMillis | None
    anchored_before: UtcMillis
    anchor_height: int
    anchor_time: UtcMillis


def prove_times(evidence: Evidence, header: FrameHeader, log: CompactRange, anchor: AnchorLeaf) -> Times:
    """The bounds, from leaves that are in the root log `log`.

    Raises:
        RootMismatch: a leaf is not in the log.
        NotProven: a leaf is not the one that header or anchor asks for, or the order is impossible.
    """
    signed_after = _known_time(evidence.known, header, log, anchor)
    anchored_before = _time_after(evidence.block, log, anchor, evidence.light.header.time_ms)
    return Times(signed_after, anchored_before, anchor.height, anchor.time)


def _known_time(
    known: KnownLeaf | None, header: FrameHeader, log: CompactRange, anchor: AnchorLeaf
) -> UtcMillis | None:
    """The time of the block that the frame's header names; it was signed after that."""
    if header.root_log_size == 0 or known is None:
        same("whether the frame knew a root-log leaf", header.root_log_size > 0, known is not None)
        return None
    same("hash of the root-log leaf that the header names", header.root_log_leaf, leaf_hash(known.leaf))
    verify_inclusion(leaf_hash(known.leaf), header.root_log_size - 1, log.size, known.path, log.root())
    leaf = RootLogLeaf.from_bytes(known.leaf)
    if leaf.height >= anchor.height:
        raise Unproven(f"the frame knew block {leaf.height}, which is not before its anchor's, {anchor.height}")
    return leaf.time


def _time_after(block: BlockPart, log: CompactRange, anchor: AnchorLeaf, newest: UtcMillis) -> UtcMillis:
    """The time of the next root-log leaf after the anchor's block; `newest` where there is none."""
    own = leaf_hash(RootLogLeaf(anchor.height, anchor.time, block.app_hash).to_bytes())
    verify_inclusion(own, block.index, log.size, block.path, log.root())
    following = log.size - block.index - 1
    if following == 0 or block.next is None:
        same("whether a root-log leaf follows the anchor's", following > 0, block.next is not None)
        return newest
    level = first_right_sibling(block.index)
    first_of = min(1 << level, following)
    verify_inclusion(leaf_hash(block.next.leaf), 0, first_of, block.next.path, block.path[level])
    return RootLogLeaf.from_bytes(block.next.leaf).time


def first_right_sibling(index: int) -> int:
    """The level of the first sibling to the right on the way up from leaf `index`; it begins with the next leaf.

    Below it the index ends in ones, so the siblings there stand left, all of them exist, and in a path
    it has just this number. It holds up to 2**level leaves.
    """
    return (~index & (index + 1)).bit_length() - 1
