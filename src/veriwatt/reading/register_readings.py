"""The readings of a register with their steps: as many around a span as its steps depend on, not the whole series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from veriwatt.metering.point_history import ValueSeries
from veriwatt.metering.register_context import judge_period, judge_steps
from veriwatt.metering.register_falls import LONGEST_RUN, ContextInsufficient
from veriwatt.metering.register_judge import SETTLED_AFTER
from veriwatt.metering.register_rule import rule_of
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.step_totals import NO_HOLES, Holes, join_holes
from veriwatt.metering.totals import ReadingColumns
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.units import DAY, Interval, UtcMillis

ReadSlots = Callable[[UtcMillis, UtcMillis], ReadingColumns]
"""The slots of a point that end in (start, end], in order, in the version asked for."""

_REACH = 16 * DAY
_SLOTS = 16
_DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


@dataclass(frozen=True, slots=True, eq=False)
class RegisterReadings:
    """The slots of a register in and around a span, the steps that are right in the span, and the slots not stated."""

    slots: ReadingColumns
    steps: Steps
    holes: Holes


def read_register(
    read: ReadSlots,
    series: ValueSeries,
    record: RegisterRecord,
    whole: Interval,
    span: Interval,
    outside: Holes = NO_HOLES,
) -> RegisterReadings:
    """The readings and steps of `span`.

    Args:
        whole: from the start of the point's first slot to the end of its last.
        outside: the slots before its first that could be on the ledger and are not stated, and those after its last
            reading with a value.
    """
    reach = max(_REACH, _SLOTS * longest_slot(series.definition))
    before, after = reach, reach
    while True:
        start = max(whole.start, span.start - before)
        end = min(whole.end, span.end + after)
        slots = read(start, end)
        valued = slots.with_value()
        rule = rule_of(series, record, valued.ends)
        from_first, to_last = start == whole.start, end == whole.end
        columns = valued.starts, valued.ends, valued.values
        early = outside.only(outside.ends <= start) if from_first else NO_HOLES
        late = outside.only(outside.starts > whole.start) if to_last else NO_HOLES
        between = slots.holes()
        until_last = join_holes([early, between.only(between.starts < max(valued.starts, default=0))])
        holes = join_holes([until_last, late])._replace(until=outside.until)
        try:
            if from_first and to_last:
                return RegisterReadings(slots, judge_steps(*columns, rule, until_last.starts), holes)
            part = judge_period(*columns, rule, span, until_last.starts, from_first=from_first)
        except ContextInsufficient:
            before *= 8
            continue
        if not from_first and not (part.exchanges_judged and part.marks_judged):
            before *= 8
            continue
        later = int((valued.ends > span.end + SETTLED_AFTER).sum())
        enough = LONGEST_RUN + 1 if len(holes.starts) else 0  # the first of them may show a fall of a slot not stated
        if to_last or (part.settled and later > enough):
            return RegisterReadings(slots, part.steps, holes)
        after *= 8


def longest_slot(definition: PointDefinition) -> UtcMillis:
    """The longest that a slot of the point can be, and a day at least."""
    return DAY if definition.minutes is not None else _DAYS[definition.slot] * DAY
