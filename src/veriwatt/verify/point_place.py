"""Steps 11 and 12: a point's definition under a frame's group version, and the place of its slots in the frame.

The group version carries the calendar of the group, so the slots of the point in the window follow from window,
definition and calendar, and the header has to state just as many. So each slot has one leaf and one status in a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.errors import Malformed
from veriwatt.merkle.tree import leaf_hash, verify_inclusion
from veriwatt.model.evidence.disclosure import DefinitionPart
from veriwatt.model.frames.columns import Ints, leaves_of
from veriwatt.model.frames.header import FrameGroup
from veriwatt.model.frames.statuses import read_runs
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.units import UtcMillis
from veriwatt.verify.frame_proof import ProvenFrame
from veriwatt.verify.refusals import NotASlot, OutsideCalendarOfGroup, SeveralKeyWindows
from veriwatt.verify.steps import require_equal


@dataclass(frozen=True, slots=True)
class PointPlace:
    """The slots of one point in a frame: their bounds, the statuses that the header states, and their leaves.

    The point's leaves are `first_leaf` and those after it, of `leaves` in the column tree.
    """

    starts: Ints
    ends: Ints
    codes: bytes
    first_leaf: int
    leaves: int

    def slot_at(self, start: UtcMillis) -> int:
        """The number of the slot that starts at `start`; raises NotASlot if none does."""
        at = int(self.starts.searchsorted(start))
        if at == len(self.starts) or int(self.starts[at]) != start:
            raise NotASlot(start)
        return at


def prove_definitions(
    parts: Sequence[DefinitionPart], point: str, frames: tuple[ProvenFrame, ...]
) -> list[tuple[PointDefinition, int]]:
    """The point's definition and its ordinal in the group version of each frame.

    Raises:
        Contradiction: header, group version and definition disagree.
        RootMismatch: the definition is not in a group version.
        Malformed: there are more or fewer places than versions.
    """
    for part in parts:
        require_equal("point of the definition", point, part.definition.id)
    versions = {(each.version.group, each.version.n): each.version for each in frames}
    places = [(part.definition, place) for part in parts for place in part.places]
    if len(versions) != len(places):
        raise Malformed(f"evidence: {len(places)} places of the definition in {len(versions)} versions")
    for version, (definition, place) in zip(versions.values(), places, strict=True):
        leaf = leaf_hash(definition.to_bytes())
        verify_inclusion(leaf, place.index, version.count, place.path, version.root)
        own = (definition.timezone, definition.day_begins)
        require_equal("zone and beginning of the day", (version.timezone, version.day_begins), own)
    for frame in frames:
        require_equal("definitions that the header names", frame.version.root, frame.group.definition_root)
    found = {key: (definition, place.index) for key, (definition, place) in zip(versions, places, strict=True)}
    return [found[each.version.group, each.version.n] for each in frames]


def prove_place(frame: ProvenFrame, definition: PointDefinition, ordinal: int) -> PointPlace:
    """The place of the point's slots, if the frame's window and spans are as the calendar has them.

    Raises:
        OutsideCalendarOfGroup: the calendar does not cover the window.
        SeveralKeyWindows: the window crosses the edge of a key window.
        Contradiction: the header states more or fewer slots than the window has.
        Malformed: the spans are impossible, or have another number of points than the version.
    """
    window, version = frame.header.window, frame.version
    calendar = version.calendar
    if not calendar.span.holds(window):
        raise OutsideCalendarOfGroup(version.group)
    first, last = (calendar.key_window(version.key_window, t) for t in (window.start, window.end - 1))
    if first != last:
        raise SeveralKeyWindows(version.group)
    span = point_span(frame.group, version, ordinal)
    starts, ends = calendar.slots(definition.slot, window)
    require_equal("slots of the point in the window", len(starts), span.slots)
    codes = read_runs(frame.group.statuses)[span.first_status : span.first_status + span.slots].tobytes()
    return PointPlace(starts, ends, codes, span.first_leaf, span.leaves)


@dataclass(frozen=True, slots=True)
class PointSpan:
    """What precedes a point in a group, its number of slots, and the number of leaves of the whole group."""

    first_leaf: int
    first_status: int
    slots: int
    leaves: int


def point_span(entry: FrameGroup, version: GroupVersion, ordinal: int) -> PointSpan:
    """What the header says of point `ordinal`; walks the spans as pairs: one of 2**60 points takes one step."""
    spans = entry.spans
    if any(count < 1 or slots < 0 for count, slots in spans):
        raise Malformed(f"the spans of group {entry.group!r} hold a negative count")
    points = sum(count for count, _ in spans)
    if points != version.count:
        raise Malformed(f"the header has {points} points in group {entry.group!r}, its version {version.count}")
    total = sum(count * leaves_of(slots) for count, slots in spans)
    leaves = statuses = 0
    for count, slots in spans:
        nth = min(count, ordinal)
        leaves, statuses, ordinal = leaves + nth * leaves_of(slots), statuses + nth * slots, ordinal - nth
        if nth < count:
            return PointSpan(leaves, statuses, slots, total)
    raise Malformed(f"group {entry.group!r} has {points} points, and no point {ordinal}")
