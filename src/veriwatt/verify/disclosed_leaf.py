"""One column leaf under a signed header, its statuses, and a slot in it: steps 12 to 14 of a reading's evidence.

The header determines the leaf's place in the column tree. The points of a group are in the order of their definitions,
each with the number of slots that `spans` gives, and at most 96 slots are in a leaf. If a point has several slots, and
they last twelve hours or more on average, they are calendar slots (days, months), which have one leaf each. This tells
them apart because all other slots last at most one hour, and no local day is as short as twelve hours.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    spans = entry.spans
    if any(count < 1 or slots < 0 for count, slots in spans):
        raise Malformed(f"the spans of group {entry.group!r} hold a negative count")
    total_points = sum(count for count, _ in spans)
    if total_points != version.count:
        raise Malformed(f"the header has {total_points} points in group {entry.group!r}, its version {version.count}")
    total_leaves = sum(count * _leaves_of_point(slots, window) for count, slots in spans)
    points = leaves = statuses = 0
    for count, slots in spans:
        width, each = _slots_in_leaf(slots, window), _leaves_of_point(slots, window)
        if points <= point < points + count:
            nth, at = point - points, index - leaves - (point - points) * each
            if not 0 <= at < each:
                raise Malformed(f"leaf {index} of group {entry.group!r} does not belong to point {point}")
            return LeafPosition(total_leaves, statuses + nth * slots + at * width, min(width, slots - at * width))
        points, leaves, statuses = points + count, leaves + count * each, statuses + count * slots
    raise Malformed(f"group {entry.group!r} has {total_points} points, and no point {point}")


def prove_leaf(
    entry: FrameGroup, window: Interval, version: GroupVersion, point: int, part: DisclosedLeaf
) -> tuple[Leaf, LeafPosition]:
    """The leaf and its position, if the group's column root has it at a place of that point.

    Raises:
        Malformed: the point has no such position, or the leaf does not parse.
        RootMismatch: leaf, salt and path lead to another root.
    """
    position = leaf_position(entry, window, version, point, part.index)
    leaf, root = salted_leaf_hash(part.salt, part.leaf), Digest(entry.column_root)
    verify_inclusion(leaf, part.index, position.leaves, part.path, root)
    return Leaf.from_bytes(part.leaf), position


def check_statuses(entry: FrameGroup, window: Interval, leaf: Leaf, position: LeafPosition) -> None:
    """Raise unless the leaf's slots lie in the window, and have the statuses that the header states."""
    require_equal("slots in the leaf", position.slots, len(leaf.codes))
    in_header = read_runs(entry.statuses)[position.first_status : position.first_status + position.slots].tobytes()
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


def _leaves_of_point(slots: int, window: Interval) -> int:
    return -(-slots // _slots_in_leaf(slots, window))
