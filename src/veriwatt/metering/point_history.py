"""A point over time: the series in which its values mean one thing, and what is recorded of its register.

A change of terminal, parent or data code leaves the values as they are: it begins no series here
(docs/spec/slots-and-periods.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from veriwatt.energy.calendar import Grid
from veriwatt.errors import Refused
from veriwatt.metering.slots import CalendarGrid, grid_of
from veriwatt.metering.totals import SlotCounter, Times
from veriwatt.model.points.calendar import Calendar, OutsideCalendar
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.model.points.status import Kind
from veriwatt.units import DAY, Interval, UtcMillis

ALWAYS = Interval(-(2**62), 2**62)


class SeveralDefinitions(Refused):
    """A point was defined anew within a span, so that no one figure says what it was."""

    code = "several-definitions"

    def __init__(self, point: str) -> None:
        super().__init__(f"the definition of {point} changed within the span; ask for a part under one definition")
        self.point = point


class CalendarSpan(NamedTuple):
    """The slots that begin in `span` are those of `calendar`, which a group of the point has registered."""

    span: Interval
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class ValueSeries:
    """The slots that begin in `span` have values of this definition.

    They are those of `calendars`, in order; the zone table of this machine has those that none of them covers.
    """

    definition: PointDefinition
    span: Interval
    calendars: tuple[CalendarSpan, ...] = ()

    def grid(self) -> Grid:
        """The slots by the zone table of this machine."""
        return grid_of(self.definition.timezone, self.definition.slot, self.definition.day_begins)

    def slot_at(self, t: UtcMillis) -> Interval:
        """The slot that contains `t`."""
        for span, calendar in self.calendars:
            if span.start <= t < span.end:
                with suppress(OutsideCalendar):
                    return calendar.slot_at(self.definition.slot, t)
        return self.grid().slot_at(t)

    def day_starts(self, first: UtcMillis, last: UtcMillis) -> Times:
        """The starts of the point's days around these times, in order."""
        days = grid_of(self.definition.timezone, "day", self.definition.day_begins).edges(
            first - 2 * DAY, last + 2 * DAY
        )
        for span, calendar in self.calendars:
            if covered := span.overlap(calendar.span):
                others, own = days, calendar.starts
                outside = (others < covered.start) | (others > covered.end)
                days = np.sort(np.append(others[outside], own[(own >= covered.start) & (own <= covered.end)]))
        return days


@dataclass(frozen=True, slots=True)
class PointHistory:
    """What the ledger knows of a point: its series in the order of time, and the record of its register.

    The series cover all time: the first one reaches back, and the last one on, without end. None means that the ledger
    is not asked; the point's one definition is known to whoever asks. `begins` is when its first definition took
    effect, `newest_end` the time of its org's newest anchor, after which no slot on the ledger ends; without them every
    slot that is not among the readings is taken to be none.
    """

    series: tuple[ValueSeries, ...] = ()
    record: RegisterRecord = RegisterRecord()
    newest_end: UtcMillis | None = None
    begins: UtcMillis | None = None

    def begin_of(self, series: ValueSeries) -> UtcMillis:
        """The time before which no slot of the series counts: of the first one, when the point's definition began."""
        return series.span.start if self.begins is None else max(series.span.start, self.begins)

    def within(self, span: Interval, definition: PointDefinition) -> tuple[ValueSeries, ...]:
        """The series that overlap `span`; that of `definition`, the point's newest, if there is no other."""
        found = tuple(s for s in self.series if s.span.start < span.end and span.start < s.span.end)
        return found or (ValueSeries(definition, ALWAYS),)

    def at(self, t: UtcMillis, definition: PointDefinition) -> ValueSeries:
        """The series of the slot that begins at `t`."""
        return self.within(Interval(t, t + 1), definition)[0]


@dataclass(frozen=True, slots=True)
class SlotsOfSeries:
    """`SlotCounter`: the slots of each series within its own time, by its calendars as in a proof."""

    series: tuple[ValueSeries, ...]

    def count_array(self, starts: Times, ends: Times) -> Times:
        counts = np.zeros(len(starts), np.int64)
        for inside, grid, low, high in self._parts(starts, ends):
            counts[inside] += grid.count_array(low, high)
        return counts

    def cut_array(self, starts: Times, ends: Times) -> NDArray[np.bool_]:
        cut = np.zeros(len(starts), np.bool_)
        for inside, grid, low, high in self._parts(starts, ends):
            cut[inside] |= grid.cut_array(low, high)
        return cut

    def _parts(self, starts: Times, ends: Times) -> Iterator[tuple[NDArray[np.bool_], SlotCounter, Times, Times]]:
        """For each grid of a series: which spans it counts, and the starts and ends of these within it."""
        for each in self.series:
            for span, calendar in each.calendars or ((each.span, None),):
                low, high = np.maximum(starts, span.start), np.minimum(ends, span.end)
                left = low < high
                if calendar is not None:
                    covered = left & (calendar.span.start <= low) & (high <= calendar.span.end)
                    yield covered, CalendarGrid(calendar, each.definition.slot), low[covered], high[covered]
                    left &= ~covered
                yield left, each.grid(), low[left], high[left]


def counted_span(series: Sequence[ValueSeries], span: Interval) -> Interval | None:
    """The time that a figure of `span` is of, from slot to slot; None if it is of none.

    A slot that an end of `span` cuts is left out; but what a register advances in a slot counts where the slot ends.
    `series` are those of the span.
    """
    first, last = series[0].slot_at(span.start), series[-1].slot_at(span.end - 1)
    whole = first.start == span.start or series[0].definition.kind is Kind.REGISTER
    start = first.start if whole else first.end
    end = span.end if last.end == span.end else last.start
    return Interval(start, end) if start < end else None


def value_series(defined: Iterable[tuple[UtcMillis, PointDefinition, Calendar]]) -> tuple[ValueSeries, ...]:
    """The series of definitions that took effect at these times, in order: neighbours that mean the same are one.

    The calendars are the newest of each definition's group, which has every earlier one's days of before it.
    """
    kept, found = list[ValueSeries](), list(defined)
    edges = [ALWAYS.start, *(start for start, _, _ in found[1:]), ALWAYS.end]
    for at, (_, definition, calendar) in enumerate(found):
        own = ValueSeries(definition, span := Interval(edges[at], edges[at + 1]), (CalendarSpan(span, calendar),))
        if kept and kept[-1].definition.same_values(definition):
            own = _joined(kept.pop(), own)
        kept.append(own)
    return tuple(kept)


def _joined(before: ValueSeries, after: ValueSeries) -> ValueSeries:
    """Two series of the same values as one, with no edge between two spans of one calendar."""
    *earlier, last = before.calendars
    first, *later = after.calendars
    between = [last, first]
    if last.calendar == first.calendar:
        between = [CalendarSpan(Interval(last.span.start, first.span.end), first.calendar)]
    span = Interval(before.span.start, after.span.end)
    return ValueSeries(after.definition, span, (*earlier, *between, *later))


def common_definition(definitions: Iterable[PointDefinition]) -> PointDefinition:
    """What one figure of all of them is given as: the last one, at the finest scale of all, to which values convert.

    Raises:
        SeveralDefinitions: their values are no parts of one sum.
    """
    found = tuple(definitions)
    last, finest = found[-1], min(found, key=lambda d: d.scale)
    if any(not d.adds_to(last) for d in found):
        raise SeveralDefinitions(last.id)
    return last if last.scale == finest.scale else last.at_resolution(finest)
