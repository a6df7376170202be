"""The figure of a period from proven slots, by the functions that `query` uses.

A register needs the readings before the period that decide which of its own are kept, and from a week before it where a
spike began, and those after it until its last step settles. A slot without a statement between them and the period
might have a reading that the file hides, so then the figure cannot be computed: the context is insufficient. A fall of
the seven days after a step may mark it; where the file does not show that there was none, the figure is not complete,
and nothing bounds it from below. Where a slot of the period or after it is without a statement, the steps that a
reading in it could change are marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from veriwatt.metering.point_history import ALWAYS
from veriwatt.metering.register_context import judge_period
from veriwatt.metering.register_falls import ContextInsufficient
from veriwatt.metering.register_judge import SETTLED_AFTER
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_track import RegisterRule
from veriwatt.metering.slots import CalendarGrid
from veriwatt.metering.step_totals import NO_HOLES, Holes, ends_at_outlier, fall_possible, first_begins, holes_of
from veriwatt.metering.totals import ReadingColumns, Times, Total, totals
from veriwatt.model.evidence.period_claim import ClaimedPeriod
from veriwatt.model.points.calendar import Calendar, OutsideCalendar
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.model.points.status import Kind
from veriwatt.units import Interval, UtcMillis
from veriwatt.verify.disclosed_column import ProvenSlot
from veriwatt.verify.point_series import Beginning
from veriwatt.verify.refusals import ContextTooLong

MOST_SLOTS = 72_000
"""The most slots of a context: 50 days of minutes; a period, the week before and the nine days after are 47."""


@dataclass(frozen=True, slots=True)
class PeriodFigure:
    """The total of a period; `fall_possible`: of a register, a fall that the file does not show, or that is still to
    come, may mark its steps; `begins`: the stamp of the reading at which its first counted step begins;
    `ends_at_outlier`: its last reading is one.
    """

    total: Total
    fall_possible: bool
    begins: UtcMillis | None
    ends_at_outlier: bool


def period_total(
    definition: PointDefinition,
    version: GroupVersion,
    claimed: ClaimedPeriod,
    slots: Sequence[ProvenSlot],
    record: RegisterRecord,
    began: Beginning | None,
    newest: UtcMillis,
) -> PeriodFigure:
    """The figure of the period.

    Args:
        version: of the group, whose calendar covers the context and has the slots.
        slots: the stated slots of the context, in order.
        began: when the series of values began; None: not known.
        newest: a slot that ends later cannot be on the ledger yet.

    Raises:
        ContextTooLong: the context has more than MOST_SLOTS slots.
        ContextInsufficient: of a register, other slots than those disclosed might change the figure.
    """
    calendar = version.calendar
    if (count := calendar.count(definition.slot, claimed.context)) > MOST_SLOTS:
        raise ContextTooLong(slots=count, most=MOST_SLOTS)
    readings, steps, holes = columns_of(slots), None, NO_HOLES
    if definition.kind is Kind.REGISTER:
        from_first = began is not None and claimed.context.start <= began.at
        holes = _holes(calendar, definition.slot, claimed, slots, began, newest, from_first=from_first)
        until_last = holes.starts[holes.starts < max((s.span.start for s in slots if s.value is not None), default=0)]
        steps = _steps(definition, calendar, claimed.period, readings, record, until_last, from_first=from_first)
    starts, ends = (np.array([t], np.int64) for t in (claimed.period.start, claimed.period.end))
    grid = CalendarGrid(calendar, definition.slot)
    kind, backward = definition.kind.value, definition.backward
    found = totals(kind, readings, starts, ends, grid, definition.step, steps=steps, holes=holes, backward=backward)
    to_come = claimed.period.end + SETTLED_AFTER > holes.until
    begins, at_outlier = None, False
    if steps is not None:
        first = int(first_begins(steps, starts, ends)[0])
        begins = None if first < 0 else int(steps.stamps[first])
        at_outlier = bool(ends_at_outlier(steps, starts, ends)[0])
    return PeriodFigure(next(found.rows()), to_come or bool(fall_possible(ends, holes)[0]), begins, at_outlier)


def columns_of(slots: Sequence[ProvenSlot]) -> ReadingColumns:
    return ReadingColumns(
        np.array([s.span.start for s in slots], np.int64),
        np.array([s.span.end for s in slots], np.int64),
        np.array([s.value or 0 for s in slots], np.int64),
        np.array([s.status for s in slots], np.uint8),
    )


def _holes(
    calendar: Calendar,
    slot: str,
    claimed: ClaimedPeriod,
    slots: Sequence[ProvenSlot],
    began: Beginning | None,
    newest: UtcMillis,
    *,
    from_first: bool,
) -> Holes:
    """The slots of the period and after it that may have a reading which the file does not show.

    A slot that the start or the end of the period cuts is before or after it: its reading bears on the steps as well.
    After the last reading shown a gap counts as such a slot: the register may have fallen in it. Before the beginning
    there is none; before a former one are those since the beginning that was registered later.

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
    former = began is not None and began.moved is not None
    begins = claimed.context.start if began is None or former else began.at
    last = max((s.span.start for s in slots if s.value is not None), default=period.start)
    absent += [(s.span.start, s.span.end) for s in slots if s.value is None and s.span.start > last]
    holes = [Interval(a, b) for a, b in sorted(absent) if begins <= a and b <= newest]
    if former and from_first:
        holes.insert(0, Interval(ALWAYS.start, claimed.context.start))
    covered = ends[-1] if ends else window.start
    if week > covered:  # another version of the group may have slots there, or the one that this calendar cuts
        holes.append(Interval(covered, week))
    return holes_of(holes)._replace(until=newest)


def _steps(
    definition: PointDefinition,
    calendar: Calendar,
    period: Interval,
    slots: ReadingColumns,
    record: RegisterRecord,
    holes: Times,
    *,
    from_first: bool,
) -> Steps:
    valued = slots.with_value()
    days = calendar.starts if definition.restart else None
    width, rate, step = definition.width, definition.rate, definition.step
    rule = RegisterRule(width, rate, step, backward=definition.backward, day_starts=days, record=record)
    return judge_period(valued.starts, valued.ends, valued.values, rule, period, holes, from_first=from_first).steps
