"""Step 13: leaves of a point's column, built again from what is disclosed, under the column root of a signed header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.multiproof import verify_leaves
from veriwatt.model.evidence.disclosure import ColumnPart
from veriwatt.model.frames.columns import SLOTS_IN_LEAF
from veriwatt.model.frames.sealed_group import salted_leaf_hash
from veriwatt.model.points.status import SlotReason, Status
from veriwatt.units import Interval, UtcMillis
from veriwatt.verify.frame_proof import ProvenFrame
from veriwatt.verify.point_place import PointPlace

_STATUSES, _REASONS = tuple(Status), tuple(SlotReason)


@dataclass(frozen=True, slots=True)
class ProvenSlot:
    """One slot as a frame states it; `value` is a mantissa at the point's scale, None for a gap.

    `reason` says why a gap is one; `instant` is the true time of a reading that was not taken at the slot's end.
    """

    span: Interval
    value: int | None
    status: Status
    reason: SlotReason
    instant: UtcMillis | None


def leaves_with(first: int, end: int) -> range:
    """The numbers, within their point, of the leaves with its slots `[first, end)`."""
    return range(first // SLOTS_IN_LEAF, -(-end // SLOTS_IN_LEAF))


def prove_column(
    frame: ProvenFrame, point: str, place: PointPlace, numbers: Sequence[int], part: ColumnPart
) -> list[ProvenSlot]:
    """The slots of the point's leaves `numbers`, in order, those that the frame does not state included.

    Raises:
        Malformed: there are more or fewer leaves, values or hashes than these slots have.
        RootMismatch: leaves and hashes lead to another root.
    """
    if len(numbers) != len(part.leaves):
        raise Malformed(f"evidence: {len(part.leaves)} leaves are disclosed where {len(numbers)} have the slots")
    slots: list[ProvenSlot] = []
    hashes: dict[int, Digest] = {}
    for number, disclosed in zip(numbers, part.leaves, strict=True):
        at = number * SLOTS_IN_LEAF
        codes = place.codes[at : at + SLOTS_IN_LEAF]
        leaf = disclosed.leaf(point, int(place.starts[at]), codes)
        hashes[place.first_leaf + number] = salted_leaf_hash(disclosed.salt, leaf.to_bytes())
        starts, ends = (each[at : at + SLOTS_IN_LEAF].tolist() for each in (place.starts, place.ends))
        reasons, instants = leaf.reasons or bytes(len(codes)), leaf.instants or (None,) * len(codes)
        slots += [
            ProvenSlot(Interval(start, end), value, _STATUSES[code], _REASONS[reason], instant)
            for start, end, value, code, reason, instant in zip(
                starts, ends, leaf.values, codes, reasons, instants, strict=True
            )
        ]
    verify_leaves(hashes, place.leaves, part.hashes, Digest(frame.group.column_root))
    return slots
