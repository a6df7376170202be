"""Totals of a point by period, from the present readings or those at an earlier time.

Everything is integers until it is printed; a conversion to coal equivalent or CO2 is exact and names
its factor.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from veriwatt.energy.calendar import Zone, check_every, period_edges
from veriwatt.metering.point_history import SlotsOfSeries, ValueSeries
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.step_totals import NO_HOLES, Holes
from veriwatt.metering.totals import ReadingColumns as SlotReadings
from veriwatt.metering.totals import Total, Totals, totals
from veriwatt.model.frames.columns import Ints
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.reading.hourly_totals import hourly_totals, hours_may_answer
from veriwatt.reading.series_readings import HistoryOf, SpanMeaning, meaning_of, read_series
from veriwatt.readmodel.reading_rows import ReadingRows
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval, UtcMillis


@dataclass(frozen=True, slots=True)
class PointTotals:
    """The totals of one point, period after period, in the unit and scale of `definition`, over these series."""

    org: str
    definition: PointDefinition
    series: tuple[ValueSeries, ...]
    every: str
    columns: Totals

    @property
    def totals(self) -> tuple[Total, ...]:
        """One record a period, for those who go through them one by one."""
        return tuple(self.columns.rows())

    def zone(self) -> Zone:
        return Zone.parse(self.definition.timezone)


def point_totals(
    readings: ReadingsView,
    org: str,
    definition: PointDefinition,
    span: Interval,
    every: str,
    histories: HistoryOf,
    as_of: UtcMillis | None = None,
) -> PointTotals:
    """The point's totals over the calendar periods of `every` in its zone, the outer ones cut by `span`.

    `histories` says what the ledger knows of a point. With `as_of` they are what was known then, by the frames anchored
    and what was registered and recorded until then.

    Raises:
        SeveralDefinitions: the point had another unit or direction in a part of the span.
        Malformed: `every` is unknown, or finer than the point's slot.
    """
    meaning = meaning_of(readings, org, definition, span, histories, as_of)
    edges = _edges(meaning.definition, every, span)
    return PointTotals(
        org, meaning.definition, meaning.series, every, _answer(readings, org, meaning, edges, every, as_of)
    )


def parts_by_factor(
    readings: ReadingsView, totals: PointTotals, histories: HistoryOf, as_of: UtcMillis | None = None
) -> PointTotals | None:
    """The same totals with each period cut where another factor may hold; None where no period has to be cut.

    That is where a series of the point begins, and in each series where a year of its zone begins: at the first slot
    that begins in it, for no slot is cut (docs/factors.md).
    """
    rows = totals.columns
    if not len(rows):
        return None
    span = Interval(int(rows.starts[0]), int(rows.ends[-1]))
    borders = [border for each in totals.series for border in _factor_borders(each, span)]
    edges = np.union1d(np.append(rows.starts, rows.ends[-1:]), np.array(borders, np.int64))
    if len(edges) == len(rows) + 1:
        return None
    meaning = meaning_of(readings, totals.org, totals.definition, span, histories, as_of)
    cut = _answer(readings, totals.org, meaning, edges, totals.every, as_of)
    return replace(totals, columns=cut)


def _factor_borders(series: ValueSeries, span: Interval) -> list[UtcMillis]:
    """Where the part of a series in the span begins, and where the first slot of each later year does."""
    part, own = series.span.overlap(span), series.definition
    if part is None:
        return []
    first, *years = _period_edges(own.timezone, "1y", part, own.day_begins)[:-1].tolist()
    slots = [series.slot_at(year - 1).end for year in years]
    return [first, *(start for start in slots if start < part.end)]


def whole_totals(
    readings: ReadingsView,
    org: str,
    definition: PointDefinition,
    span: Interval,
    histories: HistoryOf,
    as_of: UtcMillis | None = None,
) -> PointTotals:
    """The point's totals over all of `span`, as one period."""
    meaning = meaning_of(readings, org, definition, span, histories, as_of)
    edges = np.array([span.start, span.end], np.int64)
    columns = _answer(readings, org, meaning, edges, "1y", as_of)
    return PointTotals(org, meaning.definition, meaning.series, "1y", columns)


def span_total(
    readings: ReadingsView,
    org: str,
    definition: PointDefinition,
    span: Interval,
    histories: HistoryOf,
    as_of: UtcMillis | None = None,
) -> tuple[PointDefinition, Total]:
    """The one total of `whole_totals`, and the definition that gives it unit and scale."""
    found = whole_totals(readings, org, definition, span, histories, as_of)
    return found.definition, next(found.columns.rows())


def many_totals(
    readings: ReadingsView,
    org: str,
    definitions: Sequence[PointDefinition],
    span: Interval,
    every: str,
    histories: HistoryOf,
) -> list[PointTotals]:
    """As `point_totals` for points of one org, in their order; points of intervals or instants are read together.

    A point named twice is answered twice.
    """
    done: dict[PointDefinition, Totals] = {}
    series = {d: histories(org, d.id, None).within(span, d) for d in definitions}
    unchanged = [d for d, found in series.items() if len(found) == 1 and found[0].definition == d]
    for together in _of_one_grid({d: series[d] for d in unchanged}):
        edges, grid = _edges(together[0], every, span), SlotsOfSeries(series[together[0]])
        if hours_may_answer(together[0], every):
            done |= hourly_totals(readings, org, together, edges, grid)
        if left := {d.id: d for d in together if d not in done and d.kind is not Kind.REGISTER}:
            for point, rows in readings.read_many(org, list(left), span.start, span.end):
                done[left[point]] = _totals(left[point], series[left[point]], _slots(rows), edges)
    return [
        PointTotals(org, d, series[d], every, done[d])
        if d in done
        else point_totals(readings, org, d, span, every, histories)
        for d in definitions
    ]


def _of_one_grid(series: Mapping[PointDefinition, tuple[ValueSeries, ...]]) -> Iterable[list[PointDefinition]]:
    """The points that are read together: those of one kind with the same slots."""
    found = defaultdict[object, list[PointDefinition]](list)
    for d, (only,) in series.items():
        found[d.timezone, d.day_begins, d.kind, d.slot, only.calendars].append(d)
    return found.values()


def _edges(definition: PointDefinition, every: str, span: Interval) -> Ints:
    check_every(every, definition.slot)
    return _period_edges(definition.timezone, every, span, definition.day_begins)


@lru_cache(64)  # the points of a page or report share them
def _period_edges(timezone: str, every: str, span: Interval, day_begins: int) -> Ints:
    return period_edges(Zone.parse(timezone), every, span, day_begins)


def _answer(
    readings: ReadingsView, org: str, meaning: SpanMeaning, edges: Ints, every: str, as_of: UtcMillis | None
) -> Totals:
    """The totals between edges: from hourly sums where they suffice, or from the readings themselves."""
    definition = meaning.definition
    if as_of is None and len(meaning.series) == 1 and hours_may_answer(definition, every):
        for _, found in hourly_totals(readings, org, [definition], edges, SlotsOfSeries(meaning.series)):
            return found
    slots, steps, holes = read_series(readings, org, meaning, Interval(int(edges[0]), int(edges[-1])), as_of)
    return _totals(definition, meaning.series, slots, edges, steps, holes)


def _totals(
    definition: PointDefinition,
    series: tuple[ValueSeries, ...],
    slots: SlotReadings,
    edges: Ints,
    steps: Steps | None = None,
    holes: Holes = NO_HOLES,
) -> Totals:
    kind, starts, ends, grid = definition.kind.value, edges[:-1], edges[1:], SlotsOfSeries(series)
    step, backward = definition.step, definition.backward
    return totals(kind, slots, starts, ends, grid, step, steps=steps, holes=holes, backward=backward)


def _slots(rows: ReadingRows) -> SlotReadings:
    return SlotReadings(rows.starts, rows.stops, rows.values, rows.statuses)
