"""No slot is stated before it has ended, and no date that is likely to be wrong signs a decade of gaps."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from tests.unit.bridges.file_world import Read
from veriwatt.model.points.status import Status

TYPO = "when,p\n2024-03-10 00:00,1\n2042-03-10 00:15,1\n2024-03-10 00:30,1\n"


def at(text: str) -> int:
    """UTC milliseconds of a time at +08:00, the clock of these files."""
    return int(datetime.fromisoformat(f"{text}+08:00").astimezone(UTC).timestamp()) * 1_000


def test_a_row_of_a_slot_to_come_is_rejected_by_its_line_and_stamp(read: Read) -> None:
    readings = read(TYPO)

    assert [(r.line, r.field, r.value) for r in readings.rejected] == [(3, "when", "2042-03-10 00:15")]
    assert "2042-03-10T00:30:00+08:00" in readings.rejected[0].why
    assert "clock" not in readings.rejected[0].why


def test_the_remedy_of_a_wrong_year_is_the_right_one(read: Read) -> None:
    readings = read(TYPO.replace("2042", "2024"))

    assert (readings.rejected, readings.series[0].values.tolist()) == ((), [10, 10, 10])


@pytest.mark.parametrize(
    ("now", "count", "not_ended", "rejected"),
    [
        ("2024-03-10T00:45:00", 3, 0, 0),
        ("2024-03-10T00:44:59", 2, 1, 0),
        ("2024-03-10T00:30:00", 2, 1, 0),
        ("2024-03-10T00:29:59", 1, 1, 1),
    ],
)
def test_the_slot_under_way_is_left_out_and_counted_and_later_ones_are_rejected(
    read: Read, now: str, count: int, not_ended: int, rejected: int
) -> None:
    readings = read(TYPO.replace("2042", "2024"), now=at(now))

    assert (len(readings.series[0].starts), readings.not_ended, readings.rejected_count) == (count, not_ended, rejected)


def test_a_register_is_read_at_the_end_of_its_slot(read: Read) -> None:
    register = {"kind": '"register"'}
    text = "when,p\n2024-03-10 00:15,1\n2024-03-10 00:30,2\n"

    assert read(text, register, now=at("2024-03-10T00:30:00")).not_ended == 0
    assert read(text, register, now=at("2024-03-10T00:29:59")).not_ended == 1


def test_a_row_without_a_value_may_lie_ahead(read: Read) -> None:
    assert read("when,p\n2024-03-10 00:00,1\n2042-03-10 00:15,\n").rejected == ()


def test_a_file_of_nothing_but_the_slot_under_way_is_no_error(read: Read) -> None:
    readings = read("when,p\n2024-03-10,1\n", {"slot": '"day"'}, now=at("2024-03-10T12:00:00"))

    assert (readings.series, readings.rejected, readings.not_ended) == ((), (), 1)


@pytest.mark.parametrize(
    ("rows", "line", "other"),
    [
        (["1994-03-10 00:00", "2024-03-10 00:00", "2024-03-10 00:15"], 2, 3),
        (["2012-03-10 00:00", "2012-03-10 00:15", "2024-03-10 00:00"], 4, 3),
        (["2024-03-10 00:00", "2024-03-10 00:15", "1994-03-10 00:00"], 4, 2),
        (["2024-03-10 00:00", "2024-03-10 00:15", "2024-04-11 00:00"], 4, 3),
    ],
)
def test_a_lone_row_far_away_is_asked_about_before_it_makes_gaps(
    read: Read, rows: list[str], line: int, other: int
) -> None:
    text = "when,p\n" + "".join(f"{row},1\n" for row in rows)
    readings = read(text)

    found = [(r.line, r.field, r.value, f"line {other}," in r.why) for r in readings.rejected]
    assert found == [(line, "when", rows[line - 2], True)]
    assert readings.series[0].lines.tolist() == [n for n in (2, 3, 4) if n != line]
    allowed = read(text, allow_gaps=True)
    assert allowed.rejected == ()
    assert (allowed.series[0].statuses == 1).sum() == 3


def _days(first: str, end: str) -> str:
    return "".join(f"{day},1\n" for day in np.arange(first, end, dtype="datetime64[D]"))


def test_years_without_rows_between_measured_ones_are_gaps(read: Read) -> None:
    text = "when,p\n" + _days("2014-01-01", "2015-01-01") + _days("2018-01-01", "2020-01-01")
    readings = read(text, {"slot": '"day"'})

    assert readings.rejected == ()
    assert (readings.series[0].statuses == Status.GAP).sum() == 3 * 365 + 1


def test_a_lone_row_is_asked_about_beside_missing_years_too(read: Read) -> None:
    text = "when,p\n" + _days("2014-01-01", "2015-01-01") + _days("2018-01-01", "2020-01-01") + "2034-03-10,1\n"

    assert [r.value for r in read(text, {"slot": '"day"'}).rejected] == ["2034-03-10"]


def test_nothing_is_stated_about_the_slot_that_a_row_of_another_decade_may_mean(read: Read) -> None:
    readings = read("when,p\n2024-03-10 00:00,1\n2014-03-10 00:15,1\n2024-03-10 00:30,1\n2024-03-10 00:45,1\n")

    assert [(r.line, r.field, r.value) for r in readings.rejected] == [(3, "when", "2014-03-10 00:15")]
    assert readings.series[0].statuses.tolist() == [Status.MEASURED, Status.ABSENT, Status.MEASURED, Status.MEASURED]


def test_a_wrong_time_is_rejected_once_for_all_points_of_its_row(read: Read) -> None:
    text = "when,p,q\n2014-03-10 00:00,1,1\n2024-03-10 00:00,1,1\n2024-03-10 00:15,1,1\n"
    readings = read(text, more=({"id": '"q"', "column": '"q"'},))

    assert [(r.line, r.field) for r in readings.rejected] == [(2, "when")]
    assert [series.lines.tolist() for series in readings.series] == [[3, 4], [3, 4]]


def test_of_two_rows_far_apart_neither_is_taken_for_the_right_one(read: Read) -> None:
    readings = read("when,p\n2014-03-10 00:00,1\n2024-03-10 00:00,1\n")

    assert [r.line for r in readings.rejected] == [3]
    assert readings.series == ()


@pytest.mark.parametrize("slot", ["day", "month"])
def test_a_hole_of_a_month_or_a_hole_beside_as_many_rows_is_a_hole(read: Read, slot: str) -> None:
    text = "when,p\n2024-01-01,1\n2024-02-01,1\n2024-12-01,1\n"

    assert read(text, {"slot": f'"{slot}"'}).rejected_count == {"day": 1, "month": 0}[slot]
    assert read("when,p\n2024-01-01 00:00,1\n2024-02-01 00:00,1\n").rejected == ()
