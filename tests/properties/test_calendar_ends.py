"""Wherever a period lies in the calendar of its group, its figure is computed or refused: nothing else is raised."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.errors import Malformed, NotProven
from veriwatt.ids import Digest
from veriwatt.metering.register_judge import SETTLED_AFTER
from veriwatt.metering.slots import CalendarGrid
from veriwatt.model.evidence.period_claim import ClaimedPeriod
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.model.points.status import Kind, SlotReason, Status
from veriwatt.units import CALENDAR_SLOTS, DAY, HOUR, MINUTE, Interval
from veriwatt.verify.disclosed_column import ProvenSlot
from veriwatt.verify.period_total import PeriodFigure, period_total
from veriwatt.verify.point_series import Beginning

FIRST_DAY = 20_454  # a Thursday
ZERO = FIRST_DAY * DAY


@dataclass(frozen=True)
class Asked:
    """A period and its context, both within the calendar, and the slots that are stated there."""

    calendar: Calendar
    definition: PointDefinition
    period: Interval
    context: Interval
    slots: tuple[ProvenSlot, ...]
    began: Beginning | None
    newest: int


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    lengths = draw(st.lists(st.sampled_from([23, 24, 24, 24, 24, 24.5, 25]), min_size=1, max_size=45))
    starts = ZERO + np.cumsum([0, *(int(length * HOUR) for length in lengths)], dtype=np.int64)
    calendar = Calendar.of_starts(FIRST_DAY + draw(st.integers(0, 6)), starts)
    slot = draw(st.sampled_from(["15m", "20m", "1h", "8h", *CALENDAR_SLOTS, "week"]))
    kind = draw(st.sampled_from(Kind))
    unit = "kW" if kind is Kind.INSTANT else "kWh"
    definition = PointDefinition("m", "electricity", unit, kind, 0, 1, slot, "+08:00", terminal="t1")
    near_days = st.builds(lambda at, by: int(starts[at]) + by, st.integers(0, len(starts) - 1), near())
    times = [min(max(draw(near_days), int(starts[0])), int(starts[-1])) for _ in range(4)]
    a, b, c, d = sorted(times)
    period = Interval(b, min(c, b + 31 * DAY)) if b < c else Interval(int(starts[0]), int(starts[1]))
    context = Interval(min(a, period.start), max(d, period.end)) if kind is Kind.REGISTER else period
    edges = zip(*(each.tolist() for each in calendar.slots(slot, context)), strict=True)
    slots = [
        ProvenSlot(Interval(x, y), None if gap else n, Status.GAP if gap else Status.MEASURED, SlotReason.NONE, None)
        for n, (x, y) in enumerate(edges)
        if (gap := draw(st.sampled_from([False, False, False, True]))) or draw(st.sampled_from([True, True, False]))
    ]
    began = draw(st.sampled_from([None, Beginning(context.start), Beginning(period.start), Beginning(ZERO - DAY)]))
    return Asked(
        calendar, definition, period, context, tuple(slots), began, draw(st.sampled_from(times)) + draw(near())
    )


def near() -> st.SearchStrategy[int]:
    return st.sampled_from([0, 0, 0, 1, -1, MINUTE, -MINUTE, HOUR, 8 * HOUR, 10 * DAY])


def figure(asked: Asked) -> PeriodFigure:
    version = GroupVersion(1, "own", KeyWindow.DAY, "+08:00", 0, asked.calendar, ZERO, 1, Digest(bytes(32)), ZERO, ZERO)
    claimed = ClaimedPeriod("acme", "m", asked.period, asked.context)
    return period_total(asked.definition, version, claimed, asked.slots, RegisterRecord(), asked.began, asked.newest)


@given(asked())
def test_a_period_anywhere_in_a_calendar_has_a_figure_or_is_refused(asked: Asked) -> None:
    with contextlib.suppress(Malformed, NotProven):
        figure(asked)


def test_a_slot_that_the_calendar_cuts_may_show_a_later_fall() -> None:
    """Weeks from a Thursday on: the last one that is covered ends two days before the calendar does."""
    calendar = Calendar.of_starts(FIRST_DAY, ZERO + np.arange(21, dtype=np.int64) * DAY)
    weeks = zip(*(each.tolist() for each in calendar.slots("week", calendar.span)), strict=True)
    spans = [Interval(*week) for week in weeks]
    slots = [ProvenSlot(span, 7 * n, Status.MEASURED, SlotReason.NONE, None) for n, span in enumerate(spans)]
    context = Interval(spans[0].start, spans[-1].end)
    assert context.end < calendar.span.end
    point = PointDefinition("m", "electricity", "kWh", Kind.REGISTER, 0, 1, "week", "+08:00", terminal="t1")
    began, newest = Beginning(context.start), calendar.span.end + 30 * DAY
    assert spans[0].end + SETTLED_AFTER == calendar.span.end  # in the week that begins with the last edge
    assert figure(Asked(calendar, point, spans[0], context, tuple(slots), began, newest)).fall_possible


@given(asked())
def test_a_period_is_cut_where_an_end_is_no_edge_of_a_covered_slot(asked: Asked) -> None:
    edges = set(asked.calendar.edges(asked.definition.slot, asked.calendar.span).tolist())
    period = asked.period
    grid = CalendarGrid(asked.calendar, asked.definition.slot)
    (cut,) = grid.cut_array(np.array([period.start]), np.array([period.end])).tolist()
    assert cut == (not {period.start, period.end} <= edges)
