"""Step 10: the bounds, in the ledger's time, of when a frame was signed and anchored.

The time in a block's header is that of the votes for the previous block, so a header after the anchor's block bounds
the time at which that block was final. The root log has one leaf for each block that changed the state: the leaf
after the anchor's gives this bound, or the light block if there is no such leaf. That leaf, and the leaf that the
frame's header names, are proven by the few hashes below the node where their path meets that of the anchor's block.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tree import leaf_hash, verify_inclusion
from veriwatt.model.chain.anchor import AnchorLeaf, RootLogLeaf
from veriwatt.model.evidence.frame_proof import AnchorBlock, FrameProof, RootLogNeighbour
from veriwatt.model.frames.header import FrameHeader
from veriwatt.units import UtcMillis
from veriwatt.verify.refusals import RootLogLeafTooNew
from veriwatt.verify.steps import require_equal


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """Bounds in UTC milliseconds, by the ledger's time. `signed_after` is None when the header names no block.

    `anchor_time` is the time in the header of the anchor's own block; the block may be later.
    """

    signed_after: UtcMillis | None
    anchored_before: UtcMillis
    anchor_height: int
    anchor_time: UtcMillis


def prove_times(
    proof: FrameProof, header: FrameHeader, anchor: AnchorLeaf, log: CompactRange, as_of: UtcMillis
) -> FrameTimes:
    """The bounds, from leaves that are in the root log `log`.

    Args:
        as_of: the light block's time, which is the bound if no leaf follows the anchor's.

    Raises:
        RootMismatch: a leaf is not in the log.
        NotProven: a leaf is not the one that header or anchor names, or their order is impossible.
    """
    block = proof.block
    own = leaf_hash(RootLogLeaf(anchor.height, anchor.time, block.app_hash).to_bytes())
    verify_inclusion(own, block.index, log.size, block.path, log.root())
    signed_after = _time_of_named_leaf(proof.named_leaf, header, block, log.size)
    anchored_before = _time_after(block, log.size, as_of)
    return FrameTimes(signed_after, anchored_before, anchor.height, anchor.time)


def _time_of_named_leaf(
    named: RootLogNeighbour | None, header: FrameHeader, block: AnchorBlock, size: int
) -> UtcMillis | None:
    """The time of the block whose root-log leaf the frame's header names: the frame was signed after it."""
    if header.root_log_size == 0 or named is None:
        require_equal("whether the frame names a root-log leaf", header.root_log_size > 0, named is not None)
        return None
    index, own = header.root_log_size - 1, leaf_hash(named.leaf)
    if index >= block.index:
        raise RootLogLeafTooNew(known=index, anchored=block.index)
    require_equal("hash of the root-log leaf that the header names", header.root_log_leaf, own)
    level = sibling_level(index, block.index)
    subtree = block.path[place_in_path(block.index, size, level)]
    verify_inclusion(own, index % (1 << level), 1 << level, named.path, subtree)
    return RootLogLeaf.from_bytes(named.leaf).time


def _time_after(block: AnchorBlock, size: int, as_of: UtcMillis) -> UtcMillis:
    """The time of the next root-log leaf after the anchor's block; `as_of` if there is none."""
    following = size - block.index - 1
    if following == 0 or block.next is None:
        require_equal("whether a root-log leaf follows the anchor's", following > 0, block.next is not None)
        return as_of
    level = sibling_level(block.index + 1, block.index)
    subtree = block.path[place_in_path(block.index, size, level)]
    verify_inclusion(leaf_hash(block.next.leaf), 0, min(1 << level, following), block.next.path, subtree)
    return RootLogLeaf.from_bytes(block.next.leaf).time


def sibling_level(index: int, other: int) -> int:
    """The level just below the node where the paths of two leaves meet; subtrees there have up to 2**level leaves."""
    return (index ^ other).bit_length() - 1


def place_in_path(index: int, size: int, level: int) -> int:
    """The place in the path of leaf `index` of `size` of its sibling at `level`; not every level has a sibling."""
    return sum(((index >> below) ^ 1) << below < size for below in range(level))
