"""Slots that were stated under a replaced definition, as slots of the definition in force.

the slot                           a register, an instant: the value at the end of the new slot
                                   an interval: the sum of the old slots that fill the new one
another energy, unit, kind, ...    a gap: the value means something else
no such value                      a gap, with the reason of the old one if it is the same slot
a coarser resolution               the value, rounded, ties to even
a finer resolution                 the value, *estimated*: what was read is coarser than what is stated
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.terminal.drivers.base import GapReason
from veriwatt.terminal.sampling.samples import Sample
from veriwatt.units import Decimal10, Interval, UtcMillis, round_half_even


@dataclass(frozen=True, slots=True)
class StatedSlot:
    """A slot `[start, end)` as a frame states it under `definition`; `value` is None exactly for a gap."""

    start: UtcMillis
    end: UtcMillis
    definition: PointDefinition
    value: int | None
    status: Status
    collected_at: UtcMillis
    reason: GapReason | None

    def sample(self) -> Sample:
        """The same as a sample that waits to be framed."""
        point, at = self.definition.id, self.collected_at
        return Sample(point, self.start, self.end, self.value, self.status, at, self.reason)


def converted(slots: Sequence[StatedSlot], definition: PointDefinition, calendar: Calendar) -> Iterator[Sample]:
    """The slots of `definition` that end by the end of `slots`, which are in order, and touch one of them."""
    first = calendar.slot_at(definition.slot, slots[0].start).start
    if first >= slots[-1].end:
        return
    starts, ends = calendar.slots(definition.slot, Interval(first, slots[-1].end))
    by_start, by_end = {slot.start: slot for slot in slots}, {slot.end: slot for slot in slots}
    edges = sorted(by_start)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        parts = _parts(Interval(start, end), by_start, by_end, definition.kind)
        near = edges[max(0, bisect_right(edges, start) - 1) : bisect_left(edges, end)]
        touching = [by_start[t] for t in near if by_start[t].end > start]
        if touching:
            yield _sample(Interval(start, end), parts, touching, definition)


def _parts(
    slot: Interval, by_start: Mapping[UtcMillis, StatedSlot], by_end: Mapping[UtcMillis, StatedSlot], kind: Kind
) -> list[StatedSlot]:
    """The old slots of which the value of the new one consists; none if they do not have it."""
    if kind is not Kind.INTERVAL:
        last = by_end.get(slot.end)
        return [] if last is None else [last]
    found, t = list[StatedSlot](), slot.start
    while t < slot.end:
        part = by_start.get(t)
        if part is None or part.end > slot.end:
            return []
        found.append(part)
        t = part.end
    return found


def _sample(
    slot: Interval, parts: Sequence[StatedSlot], touching: Sequence[StatedSlot], definition: PointDefinition
) -> Sample:
    at = max(slot.end, *(each.collected_at for each in touching))

    def gap(reason: GapReason | None) -> Sample:
        return Sample(definition.id, slot.start, slot.end, None, Status.GAP, at, reason or GapReason.CHANGING)

    values = [each.value for each in parts if each.value is not None]
    if not parts or len(values) < len(parts):
        same = [each for each in touching if (each.start, each.end) == (slot.start, slot.end)]
        return gap(same[0].reason if same else None)
    if any(not each.definition.same_quantity(definition) for each in parts):
        return gap(GapReason.CHANGING)
    value, exact = _at_resolution(parts, definition)
    if definition.lowest is not None and value < definition.lowest:
        return gap(GapReason.BELOW)
    if definition.highest is not None and value > definition.highest:
        return gap(GapReason.ABOVE)
    if abs(value) > definition.largest:
        return gap(GapReason.BEYOND)
    measured = exact and all(each.status is Status.MEASURED for each in parts)
    status = Status.MEASURED if measured else Status.ESTIMATED
    return Sample(definition.id, slot.start, slot.end, value, status, at)


def _at_resolution(parts: Sequence[StatedSlot], definition: PointDefinition) -> tuple[int, bool]:
    """The sum of the parts as a mantissa of the definition, and whether no part was read at a coarser resolution."""
    low = min(definition.scale, *(each.definition.scale for each in parts))
    step = definition.resolution.at_scale(low)
    exact = all(step % each.definition.resolution.at_scale(low) == 0 for each in parts)
    total = sum(Decimal10(each.value or 0, each.definition.scale).at_scale(low) for each in parts)
    return round_half_even(total, step) * definition.step, exact
