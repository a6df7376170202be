"""Totals of a point by period, from the present readings or those at an earlier time.

Everything is integers until it is printed; a conversion to coal equivalent or CO2 is exact and names
its factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import numpy as np

from veriwatt.energy.calendar import Zone, check_every, period_edges
from veriwatt.errors import NotFound
from veriwatt.metering.slots import grid_of
from veriwatt.metering.totals import ReadingColumns as SlotReadings
from veriwatt.metering.totals import Total, Totals, totals
from veriwatt.model.frames.columns import Ints
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.reading.hourly_totals import hourly_totals, hours_may_answer
from veriwatt.readmodel.reading_rows import ReadingRows
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval, UtcMillis


@dataclass(frozen=True, slots=True)
class PointTotals:
    """The totals of one point, period after period, in the point's unit and scale."""

    org: str
    definition: PointDefinition
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
    as_of: UtcMillis | None = None,
) -> PointTotals:
    """The point's totals over the calendar periods of `every` in its zone, the outer ones cut by `span`.

    Raises:
        Malformed: `every` is unknown, or finer than the point's slot.
    """
    edges = _edges(definition, every, span)
    if as_of is None and hours_may_answer(definition, every):
        for _, found in hourly_totals(readings, org, [definition], edges):
            return PointTotals(org, definition, every, found)
    rows = _rows(readings, org, definition, span, as_of)
    return PointTotals(org, definition, every, _totals(definition, rows, edges))


def span_total(
    readings: ReadingsView, org: str, definition: PointDefinition, span: Interval, as_of: UtcMillis | None = None
) -> Total:
    """The point's total over all of `span`, as one period."""
    edges = np.array([span.start, span.end], np.int64)
    if as_of is None and hours_may_answer(definition, "1y"):
        for _, found in hourly_totals(readings, org, [definition], edges):
            return next(found.rows())
    return next(_totals(definition, _rows(readings, org, definition, span, as_of), edges).rows())


def many_totals(
    readings: ReadingsView, org: str, definitions: Sequence[PointDefinition], span: Interval, every: str
) -> list[PointTotals]:
    """As `point_totals` for points of one org, in their order; points of intervals or instants are read together.

    A point named twice is answered twice.
    """
    done: dict[PointDefinition, Totals] = {}
    for _, same_slots in groupby(sorted(definitions, key=_slots_and_kind), _slots_and_kind):
        together = list(dict.fromkeys(same_slots))
        edges = _edges(together[0], every, span)
        if hours_may_answer(together[0], every):
            done |= hourly_totals(readings, org, together, edges)
        if left := {d.id: d for d in together if d not in done and d.kind is not Kind.REGISTER}:
            for point, rows in readings.read_many(org, list(left), span.start, span.end):
                done[left[point]] = _totals(left[point], rows, edges)
    return [
        PointTotals(org, d, every, done[d]) if d in done else point_totals(readings, org, d, span, every)
        for d in definitions
    ]


def _slots_and_kind(definition: PointDefinition) -> tuple[str, str, str]:
    """Points that share these are read together."""
    return definition.timezone, definition.kind.value, definition.slot


def _edges(definition: PointDefinition, every: str, span: Interval) -> Ints:
    check_every(every, definition.slot)
    return _period_edges(definition.timezone, every, span)


@lru_cache(64)  # the points of a page or report share them
def _period_edges(timezone: str, every: str, span: Interval) -> Ints:
    return period_edges(Zone.parse(timezone), every, span)


def _totals(definition: PointDefinition, rows: ReadingRows, edges: Ints) -> Totals:
    slots = SlotReadings(rows.starts, rows.stops, rows.values, rows.statuses)
    grid = grid_of(definition.timezone, definition.slot)
    return totals(definition.kind.value, slots, edges[:-1], edges[1:], grid, definition.step)


def _rows(
    readings: ReadingsView, org: str, definition: PointDefinition, span: Interval, as_of: UtcMillis | None
) -> ReadingRows:
    start = span.start
    try:
        if definition.kind is Kind.REGISTER and as_of is None:
            before = readings.last_before(org, definition.id, span.start)
            start = span.start if before is None else min(before, span.start)
        elif definition.kind is Kind.REGISTER:
            start = 0  # which reading was in force then is not indexed: read them all
        return readings.read(org, definition.id, start, span.end, as_of)
    except NotFound:
        none = np.zeros(0, np.int64)
        return ReadingRows(none.astype(np.int32), none, none, none, none.astype(np.uint8), none)
