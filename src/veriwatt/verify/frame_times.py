"""Step 10: the bounds, in the ledger's time, of when each frame was signed and anchored.

The time in a block's header is that of the votes for the previous block, so a header after the anchor's block bounds
the time at which that block was final. The root log has one leaf for each block that changed the state: the leaf
after the anchor's gives this bound, or the light block if there is no such leaf. Which leaves are proven follows from
the frames and their anchors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from veriwatt.errors import Malformed
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.chain.anchor import RootLogLeaf
from veriwatt.model.evidence.frame_proof import PlacedAnchor, RootLogPart
from veriwatt.model.frames.header import FrameHeader
from veriwatt.units import UtcMillis
from veriwatt.verify.log_proofs import verify_in_log
from veriwatt.verify.refusals import CollectedAfterAnchor, RootLogLeafTooNew
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


def prove_root_log(part: RootLogPart, indices: Sequence[int], log: CompactRange) -> Mapping[int, RootLogLeaf]:
    """The leaves by index, if they are in the root log at `indices`.

    Raises:
        Malformed: there are more or fewer leaves than indices, or an impossible number of hashes.
        RootMismatch: a leaf is not in the log.
    """
    if len(part.leaves) != len(indices):
        raise Malformed(f"the root-log part has {len(part.leaves)} leaves for {len(indices)} indices")
    leaves = dict(zip(indices, part.leaves, strict=True))
    hashes = {index: leaf_hash(leaf.to_bytes()) for index, leaf in leaves.items()}
    verify_in_log("root log", hashes, log.size, part.hashes, log.root())
    return leaves


def check_blocks(anchors: Sequence[PlacedAnchor], leaves: Mapping[int, RootLogLeaf]) -> None:
    """Raise Contradiction unless each anchor has the height and time of the block that the file names for it."""
    for each in anchors:
        own = leaves[each.block]
        require_equal(
            "height and time of the anchor's block", (own.height, own.time), (each.anchor.height, each.anchor.time)
        )


def root_log_indices(headers: Iterable[FrameHeader], blocks: Iterable[int], size: int) -> list[int]:
    """The indices of the leaves that the headers name, of the anchors' `blocks`, and of the leaves after these."""
    named = (header.root_log_size - 1 for header in headers if header.root_log_size)
    around = chain.from_iterable((block, block + 1) for block in blocks)
    return sorted({*named, *around} - {size})  # no leaf follows the last one


def frame_times(
    header: FrameHeader, placed: PlacedAnchor, leaves: Mapping[int, RootLogLeaf], as_of: UtcMillis
) -> FrameTimes:
    """The bounds of one frame, from proven root-log leaves and its anchor, which `check_blocks` checked.

    Args:
        as_of: the light block's time, which is the bound if no leaf follows the anchor's.

    Raises:
        NotProven: a leaf is not the one that the header names, or the order of leaf and anchor is impossible.
        CollectedAfterAnchor: `collected_at` is after the time of the anchor's block.
    """
    anchor, following = placed.anchor, leaves.get(placed.block + 1)
    if header.collected_at > anchor.time:
        raise CollectedAfterAnchor(collected_at=header.collected_at, anchored_at=anchor.time)
    signed_after = _time_of_named_leaf(header, placed.block, leaves)
    anchored_before = as_of if following is None else following.time
    return FrameTimes(signed_after, anchored_before, anchor.height, anchor.time)


def _time_of_named_leaf(header: FrameHeader, block: int, leaves: Mapping[int, RootLogLeaf]) -> UtcMillis | None:
    """The time of the block whose root-log leaf the frame's header names: the frame was signed after it."""
    if header.root_log_size == 0:
        return None
    index = header.root_log_size - 1
    if index >= block:
        raise RootLogLeafTooNew(known=index, anchored=block)
    named = leaves[index]
    require_equal("hash of the root-log leaf that the header names", header.root_log_leaf, leaf_hash(named.to_bytes()))
    return named.time
