"""One column leaf under a signed header, its statuses, and a slot in it: steps 12 to 14 of a reading's evidence.

The header determines the leaf's place in the column tree. The points of a group are in the order of their definitions,
each with the number of slots that `spans` gives, and 96 slots are in a leaf, the last of a point excepted. Which slots
they are follows from the definition, the calendar of the group version and the frame's window.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.tree import verify_inclusion
from veriwatt.model.evidence.reading_claim import DisclosedLeaf
from veriwatt.model.frames.columns import SLOTS_IN_LEAF, Leaf, leaves_of
from veriwatt.model.frames.header import FrameGroup
from veriwatt.model.frames.sealed_group import salted_leaf_hash
from veriwatt.model.frames.statuses import read_runs
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.units import Interval, UtcMillis
from veriwatt.verify.refusals import SlotNotStated
from veriwatt.verify.steps import require_equal


@dataclass(frozen=True, slots=True)
class LeafPosition:
    """The place of a leaf: the number of leaves of its tree, the index of its first status, which of the point's slots

    are in it, and how many slots of the point are in the window.
    """

    leaves: int
    first_status: int
    first: int
    end: int
    of: int


@dataclass(frozen=True, slots=True)
class ProvenSlot:
    """One slot as the disclosed leaf states it; `value` is a mantissa at the point's scale, None for a gap."""

    span: Interval
    value: int | None
    status: Status


def leaf_position(entry: FrameGroup, version: GroupVersion, point: int, index: int) -> LeafPosition:
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
    total_leaves = sum(count * leaves_of(slots) for count, slots in spans)
    points = leaves = statuses = 0
    for count, slots in spans:
        each = leaves_of(slots)
        if points <= point < points + count:
            nth, at = point - points, index - leaves - (point - points) * each
            if not 0 <= at < each:
                raise Malformed(f"leaf {index} of group {entry.group!r} does not belong to point {point}")
            first, end = at * SLOTS_IN_LEAF, min((at + 1) * SLOTS_IN_LEAF, slots)
            return LeafPosition(total_leaves, statuses + nth * slots + first, first, end, slots)
        points, leaves, statuses = points + count, leaves + count * each, statuses + count * slots
    raise Malformed(f"group {entry.group!r} has {total_points} points, and no point {point}")


def prove_leaf(entry: FrameGroup, version: GroupVersion, point: int, part: DisclosedLeaf) -> tuple[Leaf, LeafPosition]:
    """The leaf and its position, if the group's column root has it at a place of that point.

    Raises:
        Malformed: the point has no such position, or the leaf does not parse.
        RootMismatch: leaf, salt and path lead to another root.
    """
    position = leaf_position(entry, version, point, part.index)
    leaf, root = salted_leaf_hash(part.salt, part.leaf), Digest(entry.column_root)
    verify_inclusion(leaf, part.index, position.leaves, part.path, root)
    return Leaf.from_bytes(part.leaf), position


def check_statuses(entry: FrameGroup, leaf: Leaf, position: LeafPosition) -> None:
    """Raise unless the leaf has as many slots as its place, with the statuses that the header states."""
    count = position.end - position.first
    require_equal("slots in the leaf", count, len(leaf.codes))
    in_header = read_runs(entry.statuses)[position.first_status : position.first_status + count].tobytes()
    require_equal("statuses of the leaf, as in the header", in_header, leaf.codes)


def slots_in_leaf(
    definition: PointDefinition, version: GroupVersion, window: Interval, leaf: Leaf, position: LeafPosition
) -> tuple[Interval, ...]:
    """The slots of the leaf, which are those of the point's grid by the calendar of the group version.

    Raises:
        Contradiction: the header has another number of slots than the grid, or the leaf begins with another slot.
        OutsideCalendar: the calendar does not cover the window.
    """
    starts, ends = version.calendar.slots(definition.slot, window)
    require_equal("slots of the point in the window", len(starts), position.of)
    require_equal("first slot of the leaf", int(starts[position.first]), leaf.first)
    here = slice(position.first, position.end)
    return tuple(Interval(start, end) for start, end in zip(starts[here].tolist(), ends[here].tolist(), strict=True))


def claimed_slot(slots: tuple[Interval, ...], leaf: Leaf, start: UtcMillis) -> ProvenSlot:
    """The slot that starts at `start`.

    Raises:
        Malformed: the leaf has no such slot.
        SlotNotStated: the frame states neither a value nor a gap for it.
    """
    for slot, value, code in zip(slots, leaf.values, leaf.codes, strict=True):
        if slot.start == start:
            if Status(code) is Status.ABSENT:
                raise SlotNotStated
            return ProvenSlot(slot, value, Status(code))
    raise Malformed("column leaf: no slot starts at the claimed time")
