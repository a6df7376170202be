"""The figure of a period from proven slots, by the functions that `query` uses.

A register needs the readings before the period that decide which of its own are kept, and those after it until its last
step settles. A slot without a statement between them and the period might have a reading that the file hides, so then
the figure cannot be computed: the context is insufficient. A fall of the seven days after a step may mark it; where the
file does not show that there was none, the figure is not complete, and nothing bounds it from below. Where a slot of
the period is without a statement, the steps that a reading in it could change are marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from veriwatt.metering.register_context import judge_period
from veriwatt.metering.register_falls import ContextInsufficient
from veriwatt.metering.register_judge import SETTLED_AFTER
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_track import RegisterRule
from veriwatt.metering.totals import ReadingColumns, Times, Total, totals
from veriwatt.model.evidence.period_claim import ClaimedPeriod
from veriwatt.model.points.calendar import Calendar, OutsideCalendar
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.model.points.status import Kind
from veriwatt.units import Interval, UtcMillis
from veriwatt.verify.disclosed_column import ProvenSlot


@dataclass(frozen=True, slots=True)
class PeriodFigure:
    """The total of a period; `fall_possible`: of a register, a fall that the file does not show may mark its steps."""

    total: Total
    fall_possible: bool


@dataclass(frozen=True, slots=True)
class CalendarGrid:
    """`SlotCounter`: the slots of a point by the calendar of its group."""

    calendar: Calendar
    slot: str

    def count_array(self, starts: Times, ends: Times) -> Times:
        spans = zip(starts.tolist(), ends.tolist(), strict=True)
        return np.array([self.calendar.count(self.slot, Interval(a, b)) for a, b in spans], np.int64)


def period_total(
    definition: PointDefinition,
    version: GroupVersion,
    claimed: ClaimedPeriod,
    slots: Sequence[ProvenSlot],
    record: RegisterRecord,
    beginning: UtcMillis | None,
    newest: UtcMillis,
) -> PeriodFigure:
    """The figure of the period.

    Args:
        version: of the group, whose calendar covers the context and has the slots.
        slots: the stated slots of the context, in order.
        beginning: when the series of values began; None: not known.
        newest: a slot that ends later cannot be on the ledger yet.

    Raises:
        ContextInsufficient: of a register, other slots than those disclosed might change the figure.
    """
    calendar = version.calendar
    readings, steps, fall_possible = columns_of(slots), None, False
    if definition.kind is Kind.REGISTER:
        at_beginning = beginning is not None and claimed.context.start <= beginning
        hole = _first_hole(calendar, definition.slot, claimed, slots, newest)
        known = slots if hole is None else [s for s in slots if s.span.start < hole]
        fall_possible = hole is not None and hole <= claimed.period.end + SETTLED_AFTER
        steps = _steps(definition, calendar, claimed.period, columns_of(known), record, from_first=at_beginning)
    starts, ends = (np.array([t], np.int64) for t in (claimed.period.start, claimed.period.end))
    grid = CalendarGrid(calendar, definition.slot)
    kind, backward = definition.kind.value, definition.backward
    found = totals(kind, readings, starts, ends, grid, definition.step, steps=steps, backward=backward)
    total = next(found.rows())
    if fall_possible and total.steps is not None:
        total = replace(total, steps=replace(total.steps, at_least=None, sound=False))
    return PeriodFigure(total, fall_possible)


def columns_of(slots: Sequence[ProvenSlot]) -> ReadingColumns:
    return ReadingColumns(
        np.array([s.span.start for s in slots], np.int64),
        np.array([s.span.end for s in slots], np.int64),
        np.array([s.value or 0 for s in slots], np.int64),
        np.array([s.status for s in slots], np.uint8),
    )


def _first_hole(
    calendar: Calendar, slot: str, claimed: ClaimedPeriod, slots: Sequence[ProvenSlot], newest: UtcMillis
) -> UtcMillis | None:
    """The start of the first slot after the period that may have a reading which the file does not show.

    A slot that the start or the end of the period cuts is before or after it: its reading bears on the steps as well.

    Raises:
        ContextInsufficient: there is such a slot before the period.
    """
    period, stated = claimed.period, {s.span.start for s in slots}
    week = min(period.end + SETTLED_AFTER, newest)
    try:
        last = calendar.slot_at(slot, week).end
    except OutsideCalendar:
        last = calendar.span.end
    window = Interval(claimed.context.start, max(claimed.context.end, last))
    starts, ends = (each.tolist() for each in calendar.slots(slot, window))
    absent = [(a, b) for a, b in zip(starts, ends, strict=True) if a not in stated]
    if any(a < period.start for a, _ in absent):
        raise ContextInsufficient
    outside = None if week <= window.end else window.end  # another version of the group may have slots there
    return min((a for a, b in absent if period.end < b <= newest), default=outside)


def _steps(
    definition: PointDefinition,
    calendar: Calendar,
    period: Interval,
    slots: ReadingColumns,
    record: RegisterRecord,
    *,
    from_first: bool,
) -> Steps:
    valued, holes = slots.with_value(), slots.holes()
    days = calendar.starts if definition.restart else None
    rule = RegisterRule(definition.width, definition.rate, backward=definition.backward, day_starts=days, record=record)
    return judge_period(valued.starts, valued.ends, valued.values, rule, period, holes, from_first=from_first).steps
