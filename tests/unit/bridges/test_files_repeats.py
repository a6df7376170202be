"""Several rows of one slot, in a file where one column holds two meters or the hours of a day."""

from __future__ import annotations

import io
from datetime import datetime, time
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.bridges.file_world import Read
from veriwatt.metering.series import SourceReadings
from veriwatt.model.points.status import SlotReason, Status

TWO = "when,meter,p\n2024-03-10 00:00,A,2\n2024-03-10 00:00,B,2\n2024-03-10 00:15,A,3\n2024-03-10 00:15,B,4\n"
ESTIMATED = {"status": '{column = "s", measured = ["A"], estimated = ["E"], gap = ["N"]}'}


def values(readings: SourceReadings) -> list[tuple[int, Status]]:
    assert readings.rejected == ()
    (series,) = readings.series
    return [(v, Status(s)) for v, s in zip(series.values.tolist(), series.statuses.tolist(), strict=True)]


def test_distinct_rows_of_one_slot_are_rejected_even_when_their_values_are_equal(read: Read) -> None:
    readings = read(TWO)

    assert [(r.line, r.field, r.value) for r in readings.rejected] == [(3, "p", "2"), (5, "p", "4")]
    assert "beside line 2" in readings.rejected[0].why
    assert readings.series == ()


@pytest.mark.parametrize(("repeats", "expected"), [("sum", [40, 70]), ("first", [20, 30]), ("last", [20, 40])])
def test_each_remedy_of_the_rejection_does_what_it_says(read: Read, repeats: str, expected: list[int]) -> None:
    assert f'"{repeats}"' in read(TWO).rejected[0].why

    assert values(read(TWO, repeats=f'"{repeats}"')) == [(v, Status.MEASURED) for v in expected]


def test_copies_are_one_value_and_rows_that_differ_are_none(read: Read) -> None:
    readings = read(TWO, {"repeats": '"same"'})

    assert [(r.line, r.value) for r in readings.rejected] == [(5, "4")]
    assert readings.series[0].values.tolist() == [20]


@pytest.mark.parametrize("repeats", ["refuse", "same"])
def test_a_row_that_repeats_another_in_every_field_is_counted_and_adds_nothing(read: Read, repeats: str) -> None:
    readings = read("when,p\n2024-03-10 00:00,1\n2024-03-10 00:00,1\n2024-03-10 00:15,4\n", repeats=f'"{repeats}"')

    assert values(readings) == [(10, Status.MEASURED), (40, Status.MEASURED)]
    assert readings.repeated == 1


@pytest.mark.parametrize("repeats", ["first", "last"])
def test_a_version_that_takes_another_back_counts_though_it_repeats_an_earlier_row(read: Read, repeats: str) -> None:
    rows = "when,s,p\n2024-03-10 00:00,A,5\n2024-03-10 00:00,E,7\n2024-03-10 00:00,A,5\n"

    assert values(read(rows, repeats=f'"{repeats}"', **ESTIMATED)) == [(50, Status.MEASURED)]


@pytest.mark.parametrize(("repeats", "gap"), [("first", 1), ("last", 2)])
def test_the_version_that_counts_may_have_no_value(read: Read, repeats: str, gap: int) -> None:
    """The other row of the slot is the one that it replaces, or that replaces it."""
    rows = ["2024-03-10 00:00,1", "2024-03-10 00:15,", "2024-03-10 00:15,5", "2024-03-10 00:30,5", "2024-03-10 00:30,"]
    readings = read("\n".join(["when,p", *rows, "2024-03-10 00:45,4\n"]), repeats=f'"{repeats}"')

    expected = [(10, Status.MEASURED), (50, Status.MEASURED), (50, Status.MEASURED), (40, Status.MEASURED)]
    expected[gap] = (0, Status.GAP)
    assert values(readings) == expected


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize(("repeats", "versions"), [("first", ["", "5"]), ("last", ["5", ""]), ("last", ["9", "5", ""])])
def test_a_version_that_takes_a_value_back_makes_a_gap_in_the_first_and_last_slot_too(
    read: Read, repeats: str, versions: list[str], at: int
) -> None:
    cells = [versions if n == at else ["1"] for n in range(3)]
    rows = "".join(f"2024-03-10 00:{15 * n:02},{cell}\n" for n in range(3) for cell in cells[n])
    readings = read(f"when,p\n{rows}", repeats=f'"{repeats}"')

    assert values(readings) == [(0, Status.GAP) if n == at else (10, Status.MEASURED) for n in range(3)]
    assert readings.series[0].reasons[at] == SlotReason.MARKED_MISSING
    assert readings.set_aside == len(versions) - 1


@pytest.mark.parametrize("repeats", ["first", "last"])
def test_versions_that_all_lack_a_value_say_nothing_beyond_the_readings_of_a_file(read: Read, repeats: str) -> None:
    rows = "2024-03-10 00:00,1\n2024-03-10 00:15,\n2024-03-10 00:15,\n"

    assert values(read(f"when,p\n{rows}", repeats=f'"{repeats}"')) == [(10, Status.MEASURED)]


DATE_AND_TIME = "Date;Time;p\n10.03.2024;00:00;1\n10.03.2024;00:15;2\n10.03.2024;00:30;3\n"


def test_a_date_without_a_time_is_suspected_before_repeats_and_one_column_of_both_is_read(read: Read) -> None:
    file = {"timestamp": '"Date"', "format": '"%d.%m.%Y"', "delimiter": '";"'}
    why = read(DATE_AND_TIME, **file).rejected[0].why
    assert 0 < why.index("no time of the day") < why.index("join both in one column") < why.index("repeats")

    joined = DATE_AND_TIME.replace("Date;Time", "Date").replace("2024;", "2024 ")
    mended = read(joined, **file | {"format": '"%d.%m.%Y %H:%M"'})
    assert values(mended) == [(v, Status.MEASURED) for v in (10, 20, 30)]


def test_a_sheet_with_date_and_time_in_two_columns_is_suspected(read: Read) -> None:
    """A cell of a date is a time at midnight to every program that reads the workbook."""
    book = openpyxl.Workbook()
    for row in (["when", "at", "p"], *([datetime(2024, 3, 10), time(0, 15 * n), n] for n in range(3))):  # noqa: DTZ001
        book.active.append(row)
    raw = io.BytesIO()
    book.save(raw)
    first, _ = read(raw.getvalue()).rejected
    assert 0 < first.why.index("no time of the day") < first.why.index("repeats")


@pytest.mark.parametrize(("slot", "row"), [("day", "2024-03-10"), ("15m", "2024-03-10 00:00")])
def test_a_time_is_not_missed_where_there_is_one_or_a_slot_is_a_day(read: Read, slot: str, row: str) -> None:
    readings = read(f"when,n,p\n{row},1,1\n{row},2,2\n", {"slot": f'"{slot}"'})

    assert "no time of the day" not in readings.rejected[0].why


def test_equal_parts_of_a_sum_all_count(read: Read) -> None:
    text = "when,p\n2024-03-10 00:00,1.5\n2024-03-10 00:00,1.5\n2024-03-10 00:15,2.5\n2024-03-10 00:15,3.5\n"
    readings = read(text, repeats='"sum"')

    assert values(readings) == [(30, Status.MEASURED), (60, Status.MEASURED)]
    assert readings.repeated == 0


def test_equal_rows_are_parts_of_the_summed_point_and_one_row_of_the_other(read: Read) -> None:
    row = "2024-03-10 00:00,1,2\n"
    readings = read("when,p,q\n" + 2 * row, {"repeats": '"sum"'}, more=({"id": '"q"', "column": '"q"'},))

    assert [series.values.tolist() for series in readings.series] == [[20], [20]]
    assert readings.repeated == 1


def test_rows_that_repeat_others_are_counted_once_for_all_points(read: Read) -> None:
    row = "2024-03-10 00:00,1,2\n"
    readings = read("when,p,q\n" + 3 * row, more=({"id": '"q"', "column": '"q"'},))

    assert (readings.repeated, readings.rejected, len(readings.series)) == (2, (), 2)


def test_the_sum_of_a_measured_and_an_estimated_part_is_estimated(read: Read) -> None:
    text = "when,s,p\n2024-03-10 00:00,A,2\n2024-03-10 00:00,E,3\n2024-03-10 00:15,A,1\n2024-03-10 00:15,A,2\n"

    assert values(read(text, ESTIMATED | {"repeats": '"sum"'})) == [(50, Status.ESTIMATED), (30, Status.MEASURED)]


@pytest.mark.parametrize("part", ["A,", "N,0", "A,-1"])
def test_a_sum_of_which_a_part_has_no_value_is_a_gap(read: Read, part: str) -> None:
    text = f"when,s,p\n2024-03-10 00:00,A,2\n2024-03-10 00:00,{part}\n2024-03-10 00:15,A,1\n2024-03-10 00:15,A,0\n"
    readings = read(text, ESTIMATED | {"repeats": '"sum"', "sentinels": '["-1"]'})

    assert values(readings) == [(0, Status.GAP), (10, Status.MEASURED)]


def test_a_sum_that_no_integer_holds_is_rejected(read: Read) -> None:
    rows = "".join(f"2024-03-10 00:00,{n},4e14\n" for n in range(3))
    readings = read(f"when,n,p\n{rows}", {"repeats": '"sum"', "resolution": '"0.0001"', "unit": '"kWh"'})

    assert [(r.line, "coarser" in r.why) for r in readings.rejected] == [(2, True)]
    assert readings.series == ()


@pytest.mark.parametrize("repeats", ["sum", "sum-any"])
@pytest.mark.parametrize("kind", ["register", "instant"])
def test_counters_and_momentary_values_are_not_summed(read: Read, kind: str, repeats: str) -> None:
    with pytest.raises(Exception, match="only parts of an amount are summed"):
        read(TWO, {"kind": f'"{kind}"', "repeats": f'"{repeats}"'})


def test_whole_rows_of_tables_are_compared_too(read: Read) -> None:
    rows: list[list[Any]] = [["2024-03-10 00:00", n, 1] for n in (-1, -2, -2)]
    book, raw = openpyxl.Workbook(), io.BytesIO()
    for row in (["when", "n", "p"], *rows):
        book.active.append(row)
    book.save(raw)
    table = io.BytesIO()
    pq.write_table(pa.table({"when": [r[0] for r in rows], "n": [r[1] for r in rows], "p": [1, 1, 1]}), table)

    for content, line in ((raw, 3), (table, 2)):
        readings = read(content.getvalue())
        assert ([r.line for r in readings.rejected], readings.repeated) == ([line], 1)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [((990, -980), "ABOVE_MAXIMUM"), ((-980, 990, -5), "ABOVE_MAXIMUM"), ((-980, 5), "BELOW_MINIMUM")],
)
def test_a_part_beyond_the_bounds_is_no_reading_and_its_sum_is_a_gap(
    read: Read, parts: tuple[int, ...], reason: str
) -> None:
    rows = "".join(f"2024-03-10 00:00,{part}\n" for part in parts)
    bounds = {"repeats": '"sum-any"', "minimum": '"-100"', "maximum": '"100"'}
    (series,) = read(f"when,p\n{rows}2024-03-10 00:15,60\n2024-03-10 00:15,39\n", bounds).series

    assert (series.statuses.tolist(), series.values.tolist()) == ([Status.GAP, Status.MEASURED], [0, 990])
    assert series.reasons[0] == SlotReason[reason]


@pytest.mark.parametrize("repeats", ["refuse", "same"])
def test_a_row_without_a_value_beside_one_with_a_value_is_counted_and_not_passed_over(read: Read, repeats: str) -> None:
    text = "when,p\n2024-03-10 00:15,\n2024-03-10 00:00,1\n2024-03-10 00:15,7\n2024-03-10 00:30,\n2024-03-10 00:45,8\n"
    readings = read(text, repeats=f'"{repeats}"')

    assert values(readings) == [(10, Status.MEASURED), (70, Status.MEASURED), (0, Status.GAP), (80, Status.MEASURED)]
    assert (readings.without_value, readings.repeated) == (1, 0)


def test_a_table_in_which_each_meter_writes_rows_of_its_own_is_read_whole(read: Read) -> None:
    """Its blanks are counted by lines."""
    rows = "".join(f"2024-03-10 00:{q},{n},\n2024-03-10 00:{q},,{n}\n" for n, q in enumerate(("00", "15"), 1))
    readings = read(f"when,p,q\n{rows}", more=({"id": '"q"', "column": '"q"'},))

    assert ([s.values.tolist() for s in readings.series], readings.rejected) == ([[10, 20], [10, 20]], ())
    assert readings.without_value == 4


@pytest.mark.parametrize("repeats", ["sum", "first", "last"])
def test_a_part_or_a_version_without_a_value_says_so_and_is_not_left_out(read: Read, repeats: str) -> None:
    text = "when,p\n2024-03-10 00:00,\n2024-03-10 00:00,7\n2024-03-10 00:15,8\n"

    assert read(text, repeats=f'"{repeats}"').without_value == 0


@pytest.mark.parametrize("repeats", ["same", "first", "last"])
def test_rows_set_aside_for_another_row_of_their_slot_are_counted_by_lines(read: Read, repeats: str) -> None:
    """One meter's hours are gone where two meters were taken for copies or versions: the count says so."""
    rows = "".join(f"2024-03-10 00:{q},{meter},2,2\n" for q in ("00", "15") for meter in "ABC")
    readings = read(f"when,meter,p,q\n{rows}", repeats=f'"{repeats}"', more=({"id": '"q"', "column": '"q"'},))

    assert [series.values.tolist() for series in readings.series] == [[20, 20], [20, 20]]
    assert (readings.set_aside, readings.repeated) == (4, 0)


@pytest.mark.parametrize(("repeats", "count"), [("last", 2), ("same", 0)])
def test_a_row_is_set_aside_or_repeated_and_not_both(read: Read, repeats: str, count: int) -> None:
    readings = read("when,p\n" + 3 * "2024-03-10 00:00,1\n", repeats=f'"{repeats}"')

    assert (readings.set_aside, readings.repeated) == (count, 2 - count)


@pytest.mark.parametrize("repeats", ["sum", "sum-any", "refuse"])
def test_no_part_of_a_sum_and_no_refused_row_is_set_aside(read: Read, repeats: str) -> None:
    assert read(TWO, repeats=f'"{repeats}"').set_aside == 0


def test_the_versions_of_a_slot_with_a_refused_row_are_not_set_aside(read: Read) -> None:
    rows = "2024-03-10 00:00,1\n2024-03-10 00:00,x\n2024-03-10 00:15,2\n2024-03-10 00:15,3\n"

    assert read(f"when,p\n{rows}", repeats='"last"').set_aside == 1
