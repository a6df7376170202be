"""Step 10: between which two moments of the ledger's time a frame was signed and anchored.

The ledger's own header time is the votes' of the block before, so an anchor's block was surely final only
by the time of a later header. The root log has one leaf for each block that changed the state; the
one after the anchor's is such a header, else the light block is. The leaf that the frame knew, and the
next one, are proven by where their ways meet that of the anchor's block, in a few hashes.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.merkle.range import CompactRange
from veriwatt.merkle.tree import leaf_hash, verify_inclusion
from veriwatt.model.chain.anchor import AnchorLeaf, RootLogLeaf
from veriwatt.model.evidence.evidence import BlockPart, Evidence, KnownLeaf
from veriwatt.model.frames.frame import FrameHeader
from veriwatt.units import UtcMillis
from veriwatt.verify.refusals import RootLogLeafTooNew
from veriwatt.verify.steps import same


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
    block = evidence.block
    own = leaf_hash(RootLogLeaf(anchor.height, anchor.time, block.app_hash).to_bytes())
    verify_inclusion(own, block.index, log.size, block.path, log.root())
    signed_after = _known_time(evidence.known, header, block, log.size)
    anchored_before = _time_after(block, log.size, evidence.light.header.time_ms)
    return Times(signed_after, anchored_before, anchor.height, anchor.time)


def _known_time(known: KnownLeaf | None, header: FrameHeader, block: BlockPart, size: int) -> UtcMillis | None:
    """The time of the block that the frame's header names; it was signed after that."""
    if header.root_log_size == 0 or known is None:
        same("whether the frame knew a root-log leaf", header.root_log_size > 0, known is not None)
        return None
    index, own = header.root_log_size - 1, leaf_hash(known.leaf)
    if index >= block.index:
        raise RootLogLeafTooNew(known=index, anchored=block.index)
    same("hash of the root-log leaf that the header names", header.root_log_leaf, own)
    level = sibling_level(index, block.index)
    subtree = block.path[place_in_path(block.index, size, level)]
    verify_inclusion(own, index % (1 << level), 1 << level, known.path, subtree)
    return RootLogLeaf.from_bytes(known.leaf).time


def _time_after(block: BlockPart, size: int, newest: UtcMillis) -> UtcMillis:
    """The time of the next root-log leaf after the anchor's block; `newest` where there is none."""
    following = size - block.index - 1
    if following == 0 or block.next is None:
        same("whether a root-log leaf follows the anchor's", following > 0, block.next is not None)
        return newest
    level = sibling_level(block.index + 1, block.index)
    subtree = block.path[place_in_path(block.index, size, level)]
    verify_inclusion(leaf_hash(block.next.leaf), 0, min(1 << level, following), block.next.path, subtree)
    return RootLogLeaf.from_bytes(block.next.leaf).time


def sibling_level(index: int, other: int) -> int:
    """The level at which the ways of two leaves stand side by side: each is in a subtree of 2**level leaves there."""
    return (index ^ other).bit_length() - 1


def place_in_path(index: int, size: int, level: int) -> int:
    """Which hash of the path of leaf `index` of `size` is its sibling at `level`: a level without one has no hash."""
    return sum(((index >> below) ^ 1) << below < size for below in range(level))
