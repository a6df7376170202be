"""The figure of a period from proven slots, by the functions that `query` uses.

A register needs the readings before the period that decide which of its own are kept, and those after it until its last
step settles. A slot without a statement between them and the period might have a reading that the file hides, so then
the figure cannot be computed: the context is insufficient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from veriwatt.metering.register_context import judge_period
from veriwatt.metering.register_falls import ContextInsufficient
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_track import RegisterRule
from veriwatt.metering.totals import ReadingColumns, Times, Total, totals
from veriwatt.model.evidence.period_claim import ClaimedPeriod
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.model.points.status import Kind
from veriwatt.units import Interval, UtcMillis
from veriwatt.verify.disclosed_column import ProvenSlot


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
) -> Total:
    """The total of the period.

    Args:
        version: of the group, whose calendar covers the context and has the slots.
        slots: the stated slots of the context, in order.
        beginning: when the series of values began; None: not known.

    Raises:
        ContextInsufficient: of a register, other slots than those disclosed might change the figure.
    """
    calendar = version.calendar
    readings, steps = columns_of(slots), None
    if definition.kind is Kind.REGISTER:
        at_beginning = beginning is not None and claimed.context.start <= beginning
        known = _without_holes(calendar, definition.slot, claimed, slots)
        steps = _steps(definition, calendar, claimed.period, columns_of(known), record, from_first=at_beginning)
    starts, ends = (np.array([t], np.int64) for t in (claimed.period.start, claimed.period.end))
    grid = CalendarGrid(calendar, definition.slot)
    kind, backward = definition.kind.value, definition.backward
    found = totals(kind, readings, starts, ends, grid, definition.step, steps=steps, backward=backward)
    return next(found.rows())


def columns_of(slots: Sequence[ProvenSlot]) -> ReadingColumns:
    return ReadingColumns(
        np.array([s.span.start for s in slots], np.int64),
        np.array([s.span.end for s in slots], np.int64),
        np.array([s.value or 0 for s in slots], np.int64),
        np.array([s.status for s in slots], np.uint8),
    )


def _without_holes(
    calendar: Calendar, slot: str, claimed: ClaimedPeriod, slots: Sequence[ProvenSlot]
) -> list[ProvenSlot]:
    """The slots up to the first that is missing after the period; raises ContextInsufficient for one before it."""
    stated = {s.span.start for s in slots}
    starts, ends = (each.tolist() for each in calendar.slots(slot, claimed.context))
    missing = [(start, end) for start, end in zip(starts, ends, strict=True) if start not in stated]
    if any(end <= claimed.period.start for _, end in missing):
        raise ContextInsufficient
    until = min((start for start, _ in missing if start >= claimed.period.end), default=claimed.context.end)
    return [s for s in slots if s.span.start < until]


def _steps(
    definition: PointDefinition,
    calendar: Calendar,
    period: Interval,
    slots: ReadingColumns,
    record: RegisterRecord,
    *,
    from_first: bool,
) -> Steps:
    valued = slots.with_value()
    days = calendar.starts if definition.restart else None
    rule = RegisterRule(definition.width, definition.rate, backward=definition.backward, day_starts=days, record=record)
    return judge_period(valued.starts, valued.ends, valued.values, rule, period, from_first=from_first).steps
