"""One column leaf under a signed header, its statuses, and a slot in it: steps 12 to 14 of a reading's evidence.

The header determines the leaf's place in the column tree. The points of a group are in the order of their definitions,
each with the number of slots that `spans` gives, and at most 96 slots are in a leaf. Calendar slots (days, months)
have one leaf each. The slots of a point with several slots are calendar slots if they average twelve hours or more:
other slots are at most one hour long, and no local day is as short as twelve hours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.tree import verify_inclusion
from veriwatt.model.evidence.reading_claim import DisclosedLeaf
from veriwatt.model.frames.columns import SLOTS_IN_LEAF, Leaf, slot_in_leaf
from veriwatt.model.frames.header import FrameGroup
from veriwatt.model.frames.sealed_group import salted_leaf_hash
from veriwatt.model.frames.statuses import read_runs
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.units import HOUR, Interval, UtcMillis
from veriwatt.verify.refusals import OutsideWindow, SlotNotStated
from veriwatt.verify.steps import require_equal

CALENDAR_SLOT = 12 * HOUR
"""Slots of this length or longer, on average over a window of several, are days or months."""


@dataclass(frozen=True, slots=True)
class LeafPosition:
    """The place of a leaf: the number of leaves of its tree, the index of its first status, its number of slots."""

    leaves: int
    first_status: int
    slots: int


@dataclass(frozen=True, slots=True)
class ProvenSlot:
    """One slot as the disclosed leaf states it; `value` is a mantissa at the point's scale, None for a gap."""

    span: Interval
    value: int | None
    status: Status


def leaf_position(entry: FrameGroup, window: Interval, version: GroupVersion, point: int, index: int) -> LeafPosition:
    """The place of leaf `index` of the group, if it belongs to point number `point` of the version.

    Iterates over the spans as pairs: a span of 2**60 points takes one step.

    Raises:
        Malformed: the point has no such leaf, or the header's spans have another number of points than the version.
    """
    points = leaves = statuses = 0
    place = None
    for count, slots in entry.spans:
        if count < 1 or slots < 0:
            raise Malformed(f"the spans of group {entry.group!r} hold a negative count")
        width = _slots_in_leaf(slots, window)
        each = -(-slots // width)
        if points <= point < points + count:
            nth, at = point - points, index - leaves - (point - points) * each
            if not 0 <= at < each:
                raise Malformed(f"leaf {index} of group {entry.group!r} does not belong to point {point}")
            place = LeafPosition(0, statuses + nth * slots + at * width, min(width, slots - at * width))
        points, leaves, statuses = points + count, leaves + count * each, statuses + count * slots
    if place is None or points != version.count:
        raise Malformed(f"the header has {points} points in group {entry.group!r}, its version {version.count}")
    return replace(place, leaves=leaves)


def prove_leaf(
    entry: FrameGroup, window: Interval, version: GroupVersion, point: int, part: DisclosedLeaf
) -> tuple[Leaf, LeafPosition]:
    """The leaf and its place, if the group's column root has it at a place of that point.

    Raises:
        Malformed: the point has no such place, or the leaf does not parse.
        RootMismatch: leaf, salt and path lead to another root.
    """
    place = leaf_position(entry, window, version, point, part.index)
    leaf, root = salted_leaf_hash(part.salt, part.leaf), Digest(entry.column_root)
    verify_inclusion(leaf, part.index, place.leaves, part.path, root)
    return Leaf.from_bytes(part.leaf), place


def check_statuses(entry: FrameGroup, window: Interval, leaf: Leaf, place: LeafPosition) -> None:
    """Raise unless the leaf's slots lie in the window, and have the statuses that the header states."""
    require_equal("slots in the leaf", place.slots, len(leaf.codes))
    in_header = read_runs(entry.statuses)[place.first_status : place.first_status + place.slots].tobytes()
    require_equal("statuses of the leaf, as in the header", in_header, leaf.codes)
    if not window.holds(leaf.span):
        raise OutsideWindow


def claimed_slot(definition: PointDefinition, leaf: Leaf, start: UtcMillis) -> ProvenSlot:
    """The slot that starts at `start`.

    Raises:
        Malformed: the leaf has no such slot.
        SlotNotStated: the frame states neither a value nor a gap for it.
    """
    index, span = slot_in_leaf(leaf, definition.minutes, start)
    status = Status(leaf.codes[index])
    if status is Status.ABSENT:
        raise SlotNotStated
    return ProvenSlot(span, leaf.values[index], status)


def _slots_in_leaf(slots: int, window: Interval) -> int:
    calendar = slots > 1 and slots * CALENDAR_SLOT <= window.end - window.start
    return 1 if calendar else SLOTS_IN_LEAF
