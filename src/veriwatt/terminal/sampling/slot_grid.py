"""The slots at whose ends a point is read: those of its group's registered calendar, which its frames must have.

The zone table of this machine may differ from the calendar: a parliament changed the clocks, or the table is old. It
is used only where no calendar is known: for a group that was not handed over, and beyond the days that it covers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from veriwatt.energy.calendar import Grid, Zone
from veriwatt.model.frames.columns import Ints
from veriwatt.model.points.calendar import Calendar, OutsideCalendar
from veriwatt.model.points.calendar_difference import first_difference
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.handover import HandedGroup, HandedVersion
from veriwatt.units import Interval, UtcMillis


@dataclass(frozen=True, slots=True)
class SlotGrid:
    """The slots of one length by `calendar`, or by the zone table alone if it is None."""

    table: Grid
    calendar: Calendar | None

    def slot_at(self, t: UtcMillis) -> Interval:
        """The slot that contains `t`."""
        if self.calendar is not None:
            try:
                return self.calendar.slot_at(self.table.slot, t)
            except OutsideCalendar:
                pass
        return self.table.slot_at(t)

    def ends_slot(self, t: UtcMillis) -> bool:
        return self.slot_at(t - 1).end == t

    def slots(self, span: Interval) -> tuple[Ints, Ints]:
        """The starts and ends of the slots that lie completely in `span`."""
        if self.calendar is not None and self.calendar.span.holds(span):
            return self.calendar.slots(self.table.slot, span)
        return self.table.slots(span)


class GroupCalendars:
    """The calendars of the groups that were handed over, each from the start of its version on."""

    def __init__(self, handed: Sequence[HandedGroup]) -> None:
        self._versions = {group.group: group.versions for group in handed}

    def grid(self, group: str, definition: PointDefinition, t: UtcMillis) -> SlotGrid:
        """The slots of a point of this group around `t`."""
        table = Grid(Zone.parse(definition.timezone), definition.slot, definition.day_begins)
        versions = self._versions.get(group)
        return SlotGrid(table, None if versions is None else _at(versions, t).calendar)

    def changes(self) -> Iterator[UtcMillis]:
        """The times from which a group has another calendar."""
        for versions in self._versions.values():
            for one, other in pairwise(versions):
                if first_difference(one.calendar, other.calendar) is not None:
                    yield other.in_force_from

    def pieces(self, group: str, span: Interval) -> Iterator[Interval]:
        """The parts of a span at the starts of the group's versions."""
        inside = (each.in_force_from for each in self._versions.get(group, ()))
        edges = sorted({span.start, span.end, *(t for t in inside if span.start < t < span.end)})
        return (Interval(start, end) for start, end in pairwise(edges))


def _at(versions: Sequence[HandedVersion], t: UtcMillis) -> HandedVersion:
    """The version in force at `t`, or the first one before that."""
    return versions[max(0, bisect_right([each.in_force_from for each in versions], t) - 1)]
