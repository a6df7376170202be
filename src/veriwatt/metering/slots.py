"""The slots of a point (docs/spec/slots-and-periods.md).

`slots_of` and `CalendarGrid` find them by the calendar of the point's group, as every proof does; `grid_of` by the zone
table of this machine, for readings that are not in a registered group yet, for years that no calendar covers, and for
periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

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


@dataclass(frozen=True, slots=True)
class CalendarGrid:
    """`SlotCounter`: the slots of this length by the calendar of a group, which covers all spans.

    A slot that the calendar does not cover whole is none, so an end of a span in one cuts it.
    """

    calendar: Calendar
    slot: str

    def count_array(self, starts: Ints, ends: Ints) -> Ints:
        (first, cut), (last, _) = (self.calendar.places(self.slot, edges) for edges in (starts, ends))
        counts: Ints = np.maximum(last - first - cut, 0)
        return counts

    def cut_array(self, starts: Ints, ends: Ints) -> NDArray[np.bool_]:
        (_, first), (_, last) = (self.calendar.places(self.slot, edges) for edges in (starts, ends))
        cut: NDArray[np.bool_] = first | last
        return cut


def slots_of(calendar: Calendar, definition: PointDefinition, window: Interval) -> Slots:
    """The slots of a point that lie completely in `window`, in order; raises OutsideCalendar."""
    return Slots(definition.id, *_slots(calendar, definition.slot, window))


def slots_of_all(calendar: Calendar, definitions: Sequence[PointDefinition], window: Interval) -> list[Slots]:
    """`slots_of` each of the definitions; each length of slot is looked up once."""
    grids = {slot: _slots(calendar, slot, window) for slot in dict.fromkeys(d.slot for d in definitions)}
    return [Slots(definition.id, *grids[definition.slot]) for definition in definitions]


@lru_cache(1 << 12)  # the points of a group share a grid, and the frames of a log share windows
def _slots(calendar: Calendar, slot: str, window: Interval) -> tuple[Ints, Ints]:
    return calendar.slots(slot, window)
