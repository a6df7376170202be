from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from veriwatt.energy.calendar import Grid, Zone, parse_time, period_edges
from veriwatt.errors import Malformed
from veriwatt.metering.register_context import judge_steps
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_track import RegisterRule
from veriwatt.metering.totals import ReadingColumns, Total, totals
from veriwatt.model.points.status import VALUED, Status
from veriwatt.units import HOUR, MINUTE, Interval

SHANGHAI = Zone("Asia/Shanghai")
START = parse_time("2024-03-10", SHANGHAI)
QUARTERS = Grid(SHANGHAI, "15m")
HOURS = Grid(SHANGHAI, "1h")


def quarters(values: list[int | None], first: int = START) -> ReadingColumns:
    """Consecutive 15-minute slots; None is a signed gap."""
    starts = first + np.arange(len(values), dtype=np.int64) * 15 * MINUTE
    statuses = np.array([Status.GAP if v is None else Status.MEASURED for v in values], dtype=np.uint8)
    return ReadingColumns(starts, starts + 15 * MINUTE, np.array([v or 0 for v in values], dtype=np.int64), statuses)


def hourly(kind: str, readings: ReadingColumns, count: int, step: int = 1) -> list[Total]:
    starts = START + np.arange(count, dtype=np.int64) * HOUR
    return list(totals(kind, readings, starts, starts + HOUR, QUARTERS, step, steps=steps_of(kind, readings)).rows())


def steps_of(kind: str, readings: ReadingColumns) -> Steps | None:
    valued = readings.with_value()
    return judge_steps(valued.starts, valued.ends, valued.values, RegisterRule()) if kind == "register" else None


def test_a_total_adds_the_known_intervals() -> None:
    first, second, third = hourly("interval", quarters([1, 2, 3, 4, 5, None, None, 8, None, None]), 3)
    assert first == Total(START, START + HOUR, 10, 4, 4, 0, 0, 0, bridged=False)
    assert second == Total(START + HOUR, START + 2 * HOUR, 13, 4, 2, 0, 0, 2, bridged=False)
    assert third == Total(START + 2 * HOUR, START + 3 * HOUR, None, 4, 0, 0, 0, 2, bridged=False)


def test_a_measured_zero_is_a_value_and_a_gap_is_none() -> None:
    rows = hourly("interval", quarters([0, 0, 0, 0, None, None, None, None]), 2)
    assert [row.value for row in rows] == [0, None]


def test_an_advance_over_a_gap_counts_in_the_period_of_the_next_reading() -> None:
    before = quarters([100], START - 15 * MINUTE)
    readings = quarters([110, 120, 130, None, None, None, None, None, None, 200, 210, 220, 230, 240, 250, 260])
    joined = ReadingColumns(*(np.concatenate(pair) for pair in zip(columns(before), columns(readings), strict=True)))
    rows = hourly("register", joined, 4)
    assert [row.value for row in rows] == [30, None, 90, 40]
    assert [row.bridged for row in rows] == [False, False, True, False]
    assert [(row.measured, row.gap, row.expected) for row in rows] == [(3, 1, 4), (0, 4, 4), (3, 1, 4), (4, 0, 4)]


def test_the_first_reading_makes_no_step() -> None:
    rows = hourly("register", quarters([500, 510, 520, 530], START + HOUR), 3)
    assert [(row.value, row.bridged) for row in rows] == [(None, False), (30, False), (None, False)]
    assert [row.expected for row in rows] == [4, 4, 4]


def test_a_period_with_the_first_reading_only_has_no_value_and_is_not_complete() -> None:
    (row,) = hourly("register", quarters([500], START + 45 * MINUTE), 1)
    assert (row.value, row.measured, row.bridged) == (None, 1, False)
    (whole,) = hourly("register", quarters([500, 501, 502, 503]), 1)
    assert (whole.value, whole.measured, whole.expected, whole.complete) == (3, 4, 4, False)


def test_a_register_reading_lies_in_the_period_it_closes() -> None:
    rows = hourly("register", quarters([9, 10], START + 30 * MINUTE), 2)
    assert [row.value for row in rows] == [1, None]


def test_register_readings_bridge_a_missing_slot_as_they_bridge_a_signed_gap() -> None:
    both = [quarters([100], START - 15 * MINUTE), quarters([150, 160], START + 30 * MINUTE)]
    joined = ReadingColumns(*(np.concatenate(pair) for pair in zip(*map(columns, both), strict=True)))
    (row,) = hourly("register", joined, 1)
    assert (row.value, row.bridged, row.gap, row.measured, row.expected) == (60, True, 0, 2, 4)


def test_one_gap_alone_is_bridged_and_one_at_the_end_is_not() -> None:
    inner = quarters([100, None, 120, 130])
    last = quarters([100, 110, 120, None])
    assert [hourly("register", r, 1)[0].bridged for r in (inner, last)] == [True, False]
    assert [hourly("register", r, 1)[0].value for r in (inner, last)] == [30, 20]


def test_instants_are_averaged_and_rounded_to_the_resolution_ties_to_even() -> None:
    assert [row.value for row in hourly("instant", quarters([1, 2, 3, 4, 1, None, 2, None]), 2)] == [2, 2]
    assert hourly("instant", quarters([0, 5, 5, 5]), 1, step=5)[0].value == 5
    assert hourly("instant", quarters([5, 10, None, None]), 1, step=5)[0].value == 10
    assert hourly("instant", quarters([-5, 0, None, None]), 1, step=5)[0].value == 0
    assert hourly("instant", quarters([-1, -2, -4, -3]), 1)[0].value == -2


def test_a_mean_weighs_each_value_by_the_time_of_its_slot() -> None:
    zone = Zone("Europe/Paris")
    day = Interval(parse_time("2024-10-27", zone), parse_time("2024-10-28", zone))  # of 25 hours
    starts, ends = Grid(zone, "8h").slots(day)
    assert ((ends - starts) // HOUR).tolist() == [8, 8, 8, 1]

    def mean(values: list[int], step: int = 1) -> int | None:
        readings = ReadingColumns(starts, ends, np.array(values), np.ones(4, np.uint8))
        (row,) = totals("instant", readings, one(day.start), one(day.end), Grid(zone, "8h"), step).rows()
        return row.value

    assert mean([10, 10, 10, 110]) == 14  # (24 * 10 + 110) / 25
    assert mean([0, 25, 25, 50], step=25) == 25  # 18: nearer to 25 than to 0
    assert mean([2**61, 2**61, 2**61, 2**61]) == 2**61


def test_a_mean_over_hours_and_minutes_is_that_over_time() -> None:
    hours = START + np.arange(24, dtype=np.int64) * HOUR
    minutes = START + 24 * HOUR + np.arange(24 * 60, dtype=np.int64) * MINUTE
    starts, ends = np.append(hours, minutes), np.append(hours + HOUR, minutes + MINUTE)
    values = np.repeat(np.array([10, 100]), [24, 24 * 60])
    readings = ReadingColumns(starts, ends, values, np.ones(len(starts), np.uint8))
    whole = totals("instant", readings, one(START), one(START + 48 * HOUR), HOURS)
    assert whole.values.tolist() == [55]


def test_slots_cut_by_the_period_are_in_none_of_its_counts() -> None:
    rows = totals("interval", quarters([1, 2, 4, 8]), one(START + 7 * MINUTE), one(START + 53 * MINUTE), QUARTERS)
    assert [(row.value, row.expected, row.measured) for row in rows.rows()] == [(6, 2, 2)]


def test_sums_beyond_64_bits_are_exact() -> None:
    assert hourly("interval", quarters([2**62, 2**62, 2**62, 2**62]), 1)[0].value == 2**64
    readings = quarters([-(2**62), 2**62, 2**62, 2**62])
    assert hourly("register", readings, 1)[0].value == 2**63
    huge = quarters([0, 0, 0, 0])
    vast = ReadingColumns(huge.starts, huge.ends, np.array([10**27, 1, 1, 3], dtype=object), huge.statuses)
    assert hourly("interval", vast, 1)[0].value == 10**27 + 5
    assert hourly("instant", vast, 1)[0].value == 250_000_000_000_000_000_000_000_001


def test_periods_may_overlap_and_readings_may_be_none() -> None:
    nothing = quarters([])
    for kind in ("interval", "register", "instant"):
        (row,) = hourly(kind, nothing, 1)
        assert replace(row, steps=None) == Total(START, START + HOUR, None, 4, 0, 0, 0, 0, bridged=False)


def test_a_day_of_25_hours_expects_25() -> None:
    zone = Zone("Europe/Paris")
    edges = period_edges(zone, "1d", Interval(parse_time("2024-10-26", zone), parse_time("2024-10-28", zone)))
    empty = quarters([])
    found = totals("interval", empty, edges[:-1], edges[1:], Grid(zone, "1h"))
    assert found.expected.tolist() == [24, 25]


def test_an_empty_period_or_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Malformed):
        totals("interval", quarters([1]), one(START), one(START), QUARTERS)
    with pytest.raises(Malformed, match="steps"):
        totals("register", quarters([1]), one(START), one(START + HOUR), QUARTERS)
    with pytest.raises(Malformed, match="unknown kind"):
        totals("mean", quarters([1]), one(START), one(START + HOUR), QUARTERS)


def one(t: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([t], dtype=np.int64)


def columns(readings: ReadingColumns) -> tuple[np.ndarray, ...]:
    return readings.starts, readings.ends, readings.values, readings.statuses


def test_the_statuses_with_a_value_are_neighbours_so_that_a_range_names_them() -> None:
    assert list(VALUED) == list(range(VALUED[0], VALUED[-1] + 1))
    assert {status for status in Status if VALUED[0] <= status <= VALUED[-1]} == set(VALUED)
