"""The slots of a point (docs/spec/slots-and-periods.md).

`slots_of` finds them by the calendar of the point's group, as every proof does; `grid_of` by the zone table of this
machine, for readings that are not in a registered group yet, and for periods.
"""

from __future__ import annotations

from functools import lru_cache

from veriwatt.energy.calendar import Grid, Zone
from veriwatt.model.frames.columns import Ints
from veriwatt.model.frames.sealed_group import Slots
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.point import PointDefinition
from veriwatt.units import Interval


@lru_cache(1024)
def grid_of(timezone: str, slot: str, day_begins: int = 0) -> Grid:
    """The grid of slots of this length in this zone; raises Malformed for an unknown zone or slot."""
    return Grid(Zone.parse(timezone), slot, day_begins)


def slots_of(calendar: Calendar, definition: PointDefinition, window: Interval) -> Slots:
    """The slots of a point that lie completely in `window`, in order; raises OutsideCalendar."""
    return Slots(definition.id, *_slots(calendar, definition.slot, window))


@lru_cache(1 << 12)  # the points of a group share a grid, and the frames of a log share windows
def _slots(calendar: Calendar, slot: str, window: Interval) -> tuple[Ints, Ints]:
    return calendar.slots(slot, window)
