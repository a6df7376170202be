"""The fixed grid of slots to which a point's readings belong.

Slots of minutes count from local midnight. They cover time without gaps: if the length of a day is no multiple of the
slot (such as after a clock change of half an hour), its last slot ends early, at the next midnight. Slots of a day,
month or year are those of the local calendar.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from veriwatt.energy.calendar.wall_clock import Times
from veriwatt.energy.calendar.zone import Zone, month_day
from veriwatt.units import MINUTE, Interval, UtcMillis, slot_minutes


@dataclass(frozen=True, slots=True)
class Grid:
    """The slots of a point: "1m" .. "60m", "1h", "day" or "month" in a zone."""

    zone: Zone
    slot: str

    def __post_init__(self) -> None:
        slot_minutes(self.slot)

    def slot_at(self, t: UtcMillis) -> Interval:
        """The slot that contains `t`."""
        minutes = slot_minutes(self.slot)
        if minutes is None:
            return _calendar_slot(self.zone, self.slot, t)
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
        return tile(self.zone, self.slot, first, last)

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
        outer = tile(self.zone, self.slot if minutes is None else "day", int(ts.min()), int(ts.max()) + 1)
        i = np.searchsorted(outer, ts, "right") - 1
        starts, ends = outer[i], outer[i + 1]
        if minutes is None:
            return i.astype(np.int64), starts, ends
        length = minutes * MINUTE
        per_day = -(-np.diff(outer) // length)
        within = (ts - starts) // length
        starts = starts + within * length
        return (np.cumsum(per_day) - per_day)[i] + within, starts, np.minimum(starts + length, ends)


def tile(zone: Zone, step: str, first: UtcMillis, last: UtcMillis) -> Times:
    """The edges of steps of minutes ("15m"), "day", "month" or "year" that cover `[first, last]`, as `Grid.edges`."""
    if step == "day":
        edges = _days(zone, first, last)
    elif step in ("month", "year"):
        edges = _months(zone, first, last, 12 if step == "year" else 1)
    else:
        edges = _minutes(zone, first, last, (slot_minutes(step) or 1) * MINUTE)
    low = int(np.searchsorted(edges, first, "right")) - 1
    return edges[low : int(np.searchsorted(edges, last, "left")) + 1]


def _days(zone: Zone, first: UtcMillis, last: UtcMillis) -> Times:
    """The midnights from the last <= `first` to the first >= `last`; a skipped day has none."""
    days = np.arange(zone.day(first), zone.day(last) + 2, dtype=np.int64)
    return np.unique(zone.midnight_array(days))


def _months(zone: Zone, first: UtcMillis, last: UtcMillis, count: int) -> Times:
    low = zone.month(first) // count * count
    days = [month_day(month) for month in range(low, zone.month(last) + count + 1, count)]
    return np.unique(zone.midnight_array(np.array(days, dtype=np.int64)))


def _minutes(zone: Zone, first: UtcMillis, last: UtcMillis, length: int) -> Times:
    midnights = _days(zone, first, last)
    per_day = -(-np.diff(midnights) // length)
    before = np.cumsum(per_day) - per_day
    within = np.arange(int(per_day.sum()), dtype=np.int64) - np.repeat(before, per_day)
    starts = np.repeat(midnights[:-1], per_day) + within * length
    return np.append(starts, midnights[-1])


def _calendar_slot(zone: Zone, slot: str, t: UtcMillis) -> Interval:
    if slot == "day":
        return Interval(*zone.day_span(t)[1:])
    month = zone.month(t)
    return Interval(zone.month_start(month), zone.month_start(month + 1))
