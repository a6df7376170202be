"""The sum of a slot that has another number of rows than most slots is no measured amount of the slot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.unit.bridges.file_world import Read
from veriwatt.metering.series import SourceReadings
from veriwatt.model.points.status import Status


def two_meters(*changed: tuple[int, int]) -> str:
    """Six quarters of two meters; `changed` are the numbers of a quarter and of its rows."""
    rows_of = dict.fromkeys(range(6), 2) | dict(changed)
    at = datetime(2024, 3, 10)  # noqa: DTZ001
    rows = [f"{at + timedelta(minutes=15 * n)},{m},1" for n, rows in rows_of.items() for m in range(rows)]
    return "\n".join(["when,meter,p", *rows]) + "\n"


def refused(readings: SourceReadings) -> list[tuple[int, str]]:
    return [(each.line, each.value) for each in readings.rejected]


@pytest.mark.parametrize(("quarter", "rows"), [(0, 1), (3, 1), (5, 1), (0, 3), (2, 3), (5, 4)])
def test_a_slot_with_fewer_or_more_rows_than_most_is_rejected_by_its_line(read: Read, quarter: int, rows: int) -> None:
    readings = read(two_meters((quarter, rows)), {"repeats": '"sum"'})

    assert refused(readings) == [(2 + 2 * quarter, str(rows) + ".0")]
    why = readings.rejected[0].why
    assert f"{rows} row" in why
    assert "not 2 as most slots" in why
    assert 'repeats = "sum-any"' in why
    (series,) = readings.series
    measured = [v for v, status in zip(series.values.tolist(), series.statuses.tolist(), strict=True) if status]
    assert measured == [20] * 5


def test_deliveries_make_slots_of_any_number_of_rows(read: Read) -> None:
    readings = read(two_meters((0, 1), (3, 5)), {"repeats": '"sum-any"'})

    assert readings.rejected == ()
    assert readings.series[0].values.tolist() == [10, 20, 20, 50, 20, 20]


@pytest.mark.parametrize("row", ["2024-03-10 00:45,1,", "2024-03-10 00:45,1,-"])
def test_a_missing_part_that_the_file_marks_makes_its_slot_a_gap(read: Read, row: str) -> None:
    """So does one in a slot that lacks another row beside it."""
    alone = "2024-03-10 01:30,0,\n"
    readings = read(two_meters((3, 1)) + f"{row}\n{alone}", {"repeats": '"sum"'}, missing='["", "-"]')

    assert readings.rejected == ()
    statuses = readings.series[0].statuses.tolist()
    assert [Status(each) for each in statuses] == [Status.MEASURED] * 3 + [Status.GAP] + [Status.MEASURED] * 2


def test_a_lone_slot_and_a_slot_without_rows_are_no_other_number(read: Read) -> None:
    assert read("when,meter,p\n2024-03-10 00:00,A,1\n2024-03-10 00:00,B,1\n", {"repeats": '"sum"'}).rejected == ()

    readings = read(two_meters((3, 0)), {"repeats": '"sum"'})
    assert readings.rejected == ()
    assert readings.series[0].statuses.tolist().count(Status.GAP) == 1


def test_where_no_number_is_that_of_most_slots_none_is_taken(read: Read) -> None:
    readings = read(two_meters((0, 1), (1, 1), (2, 1)), {"repeats": '"sum"'})

    assert len(readings.rejected) == 6
    assert "no number is that of most slots" in readings.rejected[0].why
    assert readings.series == ()


def hours(zone: str, year: int) -> Iterator[datetime]:
    """All hours of a year on a local clock."""
    at, end = (datetime(each, 1, 1, tzinfo=ZoneInfo(zone)).timestamp() for each in (year, year + 1))
    while at < end:
        yield datetime.fromtimestamp(at, ZoneInfo(zone))
        at += 3600


def dated(times: list[datetime]) -> str:
    return "\n".join(["when,p", *(f"{at:%Y-%m-%d},1" for at in times)]) + "\n"


def test_the_hours_of_a_day_may_be_23_or_25_where_the_clock_changes_and_no_other_number(read: Read) -> None:
    times = list(hours("Europe/Paris", 2024))
    day = {"repeats": '"sum"', "slot": '"day"', "timezone": '"Europe/Paris"'}

    readings = read(dated(times), day, clock='"Europe/Paris"')
    assert readings.rejected == ()
    values = readings.series[0].values.tolist()
    assert (min(values), max(values), len(values)) == (230, 250, 366)

    readings = read(dated(times[:-1]), day, clock='"Europe/Paris"')
    assert refused(readings) == [(2 + 365 * 24, "23.0")]
    assert "not 24 as most slots" in readings.rejected[0].why


@pytest.mark.parametrize("zone", ["Europe/Paris", "Asia/Shanghai"])
def test_the_days_of_a_month_may_be_28_to_31_and_a_missing_day_is_found(read: Read, zone: str) -> None:
    days = [at for at in hours(zone, 2023) if not at.hour]
    firsts = [at.replace(day=1) for at in days]
    month = {"repeats": '"sum"', "slot": '"month"', "timezone": f'"{zone}"'}

    assert read(dated(firsts), month, clock=f'"{zone}"').rejected == ()

    without = [first for first, at in zip(firsts, days, strict=True) if (at.month, at.day) != (2, 14)]
    readings = read(dated(without), month, clock=f'"{zone}"')
    assert [each.why.split(",")[:2] for each in readings.rejected] == [
        ["its slot has 27 rows", " not 28 as most slots"]
    ]


def test_ten_meters_read_each_month_are_not_nine_in_february(read: Read) -> None:
    firsts = [datetime(2023, n, 1) for n in range(1, 13) for _ in range(10 - (n == 2))]  # noqa: DTZ001
    readings = read(dated(firsts), {"repeats": '"sum"', "slot": '"month"'})

    assert refused(readings) == [(12, "9.0")]
