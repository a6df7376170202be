"""Totals against a slow, plain reference, over random gaps, grids and periods."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.energy.calendar import Grid, Zone, period_edges
from veriwatt.metering.register_context import judge_steps
from veriwatt.metering.register_track import RegisterRule, StepKind
from veriwatt.metering.totals import ReadingColumns, Total, totals
from veriwatt.model.points.status import Status
from veriwatt.testing.register_model import Reading, plain_steps
from veriwatt.units import DAY, HOUR, MINUTE, Interval

ZONES = ("UTC", "Asia/Shanghai", "Europe/Paris", "Australia/Lord_Howe", "America/St_Johns", "-03:30")
AROUND_CHANGES = (1_711_756_800_000, 1_729_900_800_000, 1_712_361_600_000, 1_728_086_400_000, 1_289_001_600_000)


@st.composite
def series(draw: st.DrawFn) -> tuple[Grid, Interval, dict[tuple[int, int], tuple[int, int]]]:
    """A grid, a span, and {(start, end): (value, status)} of a random part of its slots."""
    grid = Grid(Zone(draw(st.sampled_from(ZONES))), draw(st.sampled_from(["15m", "20m", "1h", "8h", "day"])))
    start = draw(st.sampled_from(AROUND_CHANGES)) + draw(st.integers(0, 2 * DAY // MINUTE)) * MINUTE
    length = draw(st.integers(3, 9)) * DAY if grid.slot == "day" else draw(st.integers(2, 40)) * HOUR
    span = Interval(start, start + length)
    starts, ends = grid.slots(span)
    statuses = draw(st.lists(st.sampled_from([0, 1, 1, 1, 1, 2, 3, 4, 4]), min_size=len(starts), max_size=len(starts)))
    values = draw(st.lists(st.integers(-(10**6), 10**6), min_size=len(starts), max_size=len(starts)))
    slots = zip(starts.tolist(), ends.tolist(), strict=True)
    kept = {slot: (v, s) for slot, v, s in zip(slots, values, statuses, strict=True) if s or v % 2}
    return grid, span, kept


def arrays(kept: dict[tuple[int, int], tuple[int, int]]) -> ReadingColumns:
    rows = sorted((start, end, value, status) for (start, end), (value, status) in kept.items())
    starts, ends, values, statuses = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return ReadingColumns(starts, ends, values, statuses.astype(np.uint8))


def plainly(kind: str, kept: dict[tuple[int, int], tuple[int, int]], period: Interval, grid: Grid, step: int) -> Total:
    """The rule, word by word."""
    inside = {slot: vs for slot, vs in kept.items() if period.start <= slot[0] and slot[1] <= period.end}
    known = {slot: v for slot, (v, s) in kept.items() if s in (1, 2, 3)}
    in_period = {slot: v for slot, v in sorted(known.items()) if slot in inside}
    value, bridged = None, False
    if kind == "interval" and in_period:
        value = sum(in_period.values())
    if kind == "instant" and in_period:
        over_time = sum(v * (end - start) for (start, end), v in in_period.items())
        value = round(Fraction(over_time, sum(end - start for start, end in in_period) * step)) * step
    if kind == "register":
        plain = [Reading(start, end, v) for (start, end), v in sorted(known.items())]
        steps = plain_steps(plain, RegisterRule()) if plain else {}
        counting = [r for r in plain if not steps[r.stamp].kinds & StepKind.OUTLIER]
        for earlier, later in pairwise(counting):
            advance = steps[later.stamp].advance
            if advance is not None and period.start < later.stamp <= period.end:
                value = (value or 0) + advance
                bridged = bridged or earlier.stamp != later.start
    measured, estimated, manual, gap = (sum(s == status for _, s in inside.values()) for status in (1, 2, 3, 4))
    expected = len(grid.slots(period)[0])
    cut = not (grid.starts_slot(period.start) and grid.ends_slot(period.end))
    return Total(period.start, period.end, value, expected, measured, estimated, manual, gap, bridged, cut=cut)


def ask(kind: str, readings: ReadingColumns, edges: Any, grid: Grid, step: int = 1) -> list[Total]:
    valued = readings.with_value()
    steps = judge_steps(valued.starts, valued.ends, valued.values, RegisterRule()) if kind == "register" else None
    found = totals(kind, readings, edges[:-1], edges[1:], grid, step, steps=steps)
    return [replace(row, steps=None) for row in found.rows()]


@given(series(), st.sampled_from(["interval", "register", "instant"]), st.sampled_from([1, 5, 50]), st.data())
def test_totals_equal_those_of_a_plain_implementation(
    made: tuple[Grid, Interval, dict[tuple[int, int], tuple[int, int]]], kind: str, step: int, data: st.DataObject
) -> None:
    grid, span, kept = made
    kept = {slot: (v * step, s) for slot, (v, s) in kept.items()}
    cuts = data.draw(st.lists(st.integers(span.start, span.end), max_size=6))
    edges = np.unique(np.array([span.start - DAY, span.end + DAY, *cuts], dtype=np.int64))
    periods = [Interval(a, b) for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)]
    assert ask(kind, arrays(kept), edges, grid, step) == [plainly(kind, kept, p, grid, step) for p in periods]


@given(series(), st.sampled_from(["interval", "register"]))
def test_hours_add_up_to_days_and_days_to_the_span(
    made: tuple[Grid, Interval, dict[tuple[int, int], tuple[int, int]]], kind: str
) -> None:
    grid, span, kept = made
    readings, whole = arrays(kept), Interval(grid.slot_at(span.start).start, grid.slot_at(span.end).end)
    if grid.slot in ("8h", "day"):
        return
    (all_in_one,) = ask(kind, readings, np.array([whole.start, whole.end]), grid)
    for every in ("1h", "1d", "1mo"):
        rows = ask(kind, readings, period_edges(grid.zone, every, whole), grid)
        known = [row.value for row in rows if row.value is not None]
        assert (sum(known) if known else None) == all_in_one.value
        assert sum(row.measured for row in rows) == all_in_one.measured
        assert sum(row.gap for row in rows) == all_in_one.gap
        assert sum(row.expected for row in rows) == all_in_one.expected


@given(series())
def test_a_period_without_readings_has_no_value(
    made: tuple[Grid, Interval, dict[tuple[int, int], tuple[int, int]]],
) -> None:
    grid, span, kept = made
    gaps = arrays({slot: (value, Status.GAP) for slot, (value, _) in kept.items()})
    for kind in ("interval", "register", "instant"):
        (row,) = ask(kind, gaps, np.array([span.start, span.end]), grid)
        assert row.value is None
        assert not row.bridged
