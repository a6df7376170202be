"""The fixed grid of slots to which a point's readings belong.

Slots of minutes and hours count from the start of the local day. They cover time without gaps: if the length of a day
is no multiple of the slot (such as after a clock change of half an hour), its last slot ends early, at the start of the
next day. Slots of a day, week, month, quarter or year are those of the local calendar. A day may begin at another hour
than midnight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veriwatt.energy.calendar.wall_clock import Times
from veriwatt.energy.calendar.zone import Zone, month_day
from veriwatt.units import MINUTE, Interval, UtcMillis, slot_minutes

_THURSDAY = 3  # days from Monday to Thursday, which 1970-01-01 was


@dataclass(frozen=True, slots=True)
class Grid:
    """The slots of a point: a length by `units.slot_minutes` in a zone whose days begin at `day_begins` o'clock."""

    zone: Zone
    slot: str
    day_begins: int = 0

    def __post_init__(self) -> None:
        slot_minutes(self.slot)

    def slot_at(self, t: UtcMillis) -> Interval:
        """The slot that contains `t`."""
        minutes = slot_minutes(self.slot)
        if minutes is None:
            return Interval(*self.edges(t, t + 1).tolist())
        if self.day_begins:
            midnight, after = tile(self.zone, "day", t, t + 1, self.day_begins).tolist()
        else:
            _, midnight, after = self.zone.day_span(t)
        start = t - (t - midnight) % (minutes * MINUTE)
        return Interval(start, min(start + minutes * MINUTE, after))

    def starts_slot(self, t: UtcMillis) -> bool:
        return self.slot_at(t).start == t

    def ends_slot(self, t: UtcMillis) -> bool:
        return self.slot_at(t - 1).end == t

    def edges(self, first: UtcMillis, last: UtcMillis) -> Times:
        """The instants at which one slot ends and the next starts.

        From the last one <= `first` to the first one >= `last`, where `first <= last`; strictly
        increasing; two consecutive edges are a slot.
        """
        return tile(self.zone, self.slot, first, last, self.day_begins)

    def slots(self, span: Interval) -> tuple[Times, Times]:
        """The starts and ends of the slots that lie completely in `span`."""
        edges = self.edges(span.start, span.end)
        inside = edges[(edges >= span.start) & (edges <= span.end)]
        return inside[:-1], inside[1:]

    def count(self, span: Interval) -> int:
        """The number of slots that lie completely in `span`."""
        return int(self.count_array(np.array([span.start]), np.array([span.end]))[0])

    def count_array(self, starts: Times, ends: Times) -> Times:
        """The number of slots that lie completely in each `[starts[i], ends[i])`."""
        numbers, begins, _ = self._place(np.concatenate((starts, ends)))
        first, last = numbers[: len(starts)], numbers[len(starts) :]
        cut = begins[: len(starts)] != starts
        counts: Times = np.maximum(last - first - cut, 0)
        return counts

    def cut_array(self, starts: Times, ends: Times) -> NDArray[np.bool_]:
        """For each `[starts[i], ends[i])`, whether one of its ends lies inside a slot."""
        edges = np.concatenate((starts, ends))
        inside = self.align(edges)[0] != edges
        cut: NDArray[np.bool_] = inside[: len(starts)] | inside[len(starts) :]
        return cut

    def align(self, ts: Times) -> tuple[Times, Times]:
        """The start and end of the slot that contains each element."""
        _, starts, ends = self._place(ts)
        return starts, ends

    def index(self, origin: UtcMillis, ts: Times) -> Times:
        """The number of the slot that contains each element; number 0 contains `origin`."""
        numbers = self._place(np.append(ts, origin))[0]
        found: Times = numbers[:-1] - numbers[-1]
        return found

    def _place(self, ts: Times) -> tuple[Times, Times, Times]:
        """The number (from an arbitrary origin), start and end of the slot that contains each element."""
        if not ts.size:
            return ts, ts, ts
        minutes = slot_minutes(self.slot)
        step = self.slot if minutes is None else "day"
        outer = tile(self.zone, step, int(ts.min()), int(ts.max()) + 1, self.day_begins)
        i = np.searchsorted(outer, ts, "right") - 1
        starts, ends = outer[i], outer[i + 1]
        if minutes is None:
            return i.astype(np.int64), starts, ends
        length = minutes * MINUTE
        per_day = -(-np.diff(outer) // length)
        within = (ts - starts) // length
        starts = starts + within * length
        return (np.cumsum(per_day) - per_day)[i] + within, starts, np.minimum(starts + length, ends)


_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def tile(zone: Zone, step: str, first: UtcMillis, last: UtcMillis, day_begins: int = 0) -> Times:
    """The edges of steps of a slot's length that cover `[first, last]`, as `Grid.edges`."""
    minutes = slot_minutes(step)
    if step in _MONTHS:
        edges = _months(zone, first, last, _MONTHS[step], day_begins)
    else:
        edges = _days(zone, first, last, 7 if step == "week" else 1, day_begins)
        if minutes is not None:
            edges = _minutes(edges, minutes * MINUTE)
    low = int(np.searchsorted(edges, first, "right")) - 1
    return edges[low : int(np.searchsorted(edges, last, "left")) + 1]


def _days(zone: Zone, first: UtcMillis, last: UtcMillis, count: int, day_begins: int) -> Times:
    """The starts of every `count`th day from before `first` to after `last`; weeks begin on Monday."""
    low, high = zone.day(first) - (day_begins > 0), zone.day(last) + 2
    if count == 7:
        low = (low + _THURSDAY) // 7 * 7 - _THURSDAY
        high += 7
    return np.unique(zone.day_starts(np.arange(low, high, count, dtype=np.int64), day_begins))


def _months(zone: Zone, first: UtcMillis, last: UtcMillis, count: int, day_begins: int) -> Times:
    low = (zone.month(first) - (day_begins > 0)) // count * count
    days = [month_day(month) for month in range(low, zone.month(last) + count + 1, count)]
    return np.unique(zone.day_starts(np.array(days, dtype=np.int64), day_begins))


def _minutes(days: Times, length: int) -> Times:
    per_day = -(-np.diff(days) // length)
    before = np.cumsum(per_day) - per_day
    within = np.arange(int(per_day.sum()), dtype=np.int64) - np.repeat(before, per_day)
    starts = np.repeat(days[:-1], per_day) + within * length
    return np.append(starts, days[-1])
