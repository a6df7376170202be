"""What a plan would write, point by point, for a person to compare with the file: first and last readings, months."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from veriwatt.energy.calendar import Zone, period_edges
from veriwatt.importing.new_slots import NewSlots
from veriwatt.importing.plan import ImportPlan
from veriwatt.importing.rounded_points import total_read
from veriwatt.metering.point_history import ALWAYS, ValueSeries
from veriwatt.metering.register_context import judge_steps
from veriwatt.metering.register_rule import rule_of
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.series import Series
from veriwatt.metering.slots import grid_of
from veriwatt.metering.stated_gaps import StatedGaps
from veriwatt.metering.totals import ReadingColumns, Total, totals
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.model.points.status import STATED, Kind, Status
from veriwatt.units import Decimal10, Interval, UtcMillis


@dataclass(frozen=True, slots=True)
class ReadSlot:
    """A slot as it was read: its line in the source (0 for a gap without a row), bounds, status, and value if any."""

    line: int
    start: UtcMillis
    end: UtcMillis
    status: Status
    value: Decimal10 | None


@dataclass(frozen=True, slots=True)
class PlannedPoint:
    """One point of a plan: what would be written, and what was read. `months` has totals of all that was read.

    `unrounded` has, for each month, its total before values were rounded; None where none was, or none is an amount.
    """

    definition: PointDefinition
    group: str
    new_slots: Mapping[Status, int]
    read_slots: Mapping[Status, int]
    stated_gaps: tuple[StatedGaps, ...]
    first: ReadSlot
    last: ReadSlot
    months: tuple[Total, ...]
    unrounded: tuple[Decimal10 | None, ...]

    @property
    def zone(self) -> Zone:
        return Zone.parse(self.definition.timezone)


def planned_points(plan: ImportPlan) -> Iterator[PlannedPoint]:
    """Every point that the source has readings of, lazily."""
    for group in plan.groups:
        for found in group.new_slots:
            yield _planned_point(group.name, found)


def _planned_point(group: str, found: NewSlots) -> PlannedPoint:
    series = found.series
    read = {status: int((series.statuses == status).sum()) for status in (*STATED, Status.ABSENT)}
    first, last = _slot(series, 0), _slot(series, len(series.starts) - 1)
    months = _months(series)
    unrounded = tuple(total_read(series, Interval(month.start, month.end), month.value) for month in months)
    return PlannedPoint(
        series.definition, group, found.counts(), read, series.stated_gaps, first, last, months, unrounded
    )


def _slot(series: Series, i: int) -> ReadSlot:
    status = Status(int(series.statuses[i]))
    value = series.definition.value(int(series.values[i])) if status.has_value else None
    return ReadSlot(int(series.lines[i]), int(series.starts[i]), int(series.ends[i]), status, value)


def _months(series: Series) -> tuple[Total, ...]:
    definition = series.definition
    span = Interval(int(series.starts[0]), int(series.ends[-1]))
    edges = period_edges(Zone.parse(definition.timezone), "1mo", span, definition.day_begins)
    stated = series.statuses != Status.ABSENT
    readings = ReadingColumns(
        series.starts[stated], series.ends[stated], series.values[stated], series.statuses[stated]
    )
    grid = grid_of(definition.timezone, definition.slot, definition.day_begins)
    found = totals(
        definition.kind.value,
        readings,
        edges[:-1],
        edges[1:],
        grid,
        definition.step,
        steps=_steps(definition, readings),
        backward=definition.backward,
    )
    return tuple(total for total in found.rows() if _says_anything(total))


def _says_anything(total: Total) -> bool:
    """Whether slots or steps lie in a period; its value may be none for all that."""
    slots = total.measured + total.estimated + total.manual + total.gap
    return total.value is not None or slots > 0 or (total.steps is not None and any(total.steps.counts))


def _steps(definition: PointDefinition, readings: ReadingColumns) -> Steps | None:
    """The steps of a register's readings in this source alone, without what is recorded of it."""
    if definition.kind is not Kind.REGISTER:
        return None
    valued = readings.with_value()
    rule = rule_of(ValueSeries(definition, ALWAYS), RegisterRecord(), valued.ends)
    return judge_steps(valued.starts, valued.ends, valued.values, rule, readings.holes().starts)
