"""What people see in a workbook and a reader of its cells does not: offsets, hidden sheets, merged cells, and drift."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import openpyxl
import pytest

from tests.unit.bridges.file_world import Read
from veriwatt.metering.series import SourceReadings
from veriwatt.model.points.status import Status

T0 = datetime(2024, 3, 1)  # noqa: DTZ001 - a cell has no zone
QUARTER = timedelta(minutes=15)
PARIS = {"clock": '"Europe/Paris"'}
IN_PARIS = {"timezone": '"Europe/Paris"', "slot": '"1h"'}


def workbook(make: Callable[[Any], None]) -> bytes:
    book, raw = openpyxl.Workbook(), io.BytesIO()
    make(book)
    book.save(raw)
    return raw.getvalue()


def sheet(rows: Sequence[Sequence[Any]], *merged: str, title: str = "Sheet") -> bytes:
    def fill(book: Any) -> None:
        book.active.title = title
        for row in rows:
            book.active.append(row)
        for cells in merged:
            book.active.merge_cells(cells)

    return workbook(fill)


def with_iso_cells(times: list[str], spelled: str = '<c r="{cell}" t="d"><v>{time}</v></c>') -> bytes:
    """A workbook whose times are ISO texts, as programs other than Excel may write them."""
    made, raw = sheet([["when", "p"], *([T0, n] for n in range(len(times)))]), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(raw, "w") as new:
        for part in old.namelist():
            text = old.read(part).decode()
            if part == "xl/worksheets/sheet1.xml":
                text = re.sub(
                    r'<c r="A(\d+)"[^>]*>.*?</c>',
                    lambda of: of[0] if of[1] == "1" else spelled.format(cell=f"A{of[1]}", time=times[int(of[1]) - 2]),
                    text,
                )
            new.writestr(part, text)
    return raw.getvalue()


def starts(readings: SourceReadings) -> list[str]:
    assert readings.rejected == ()
    (series,) = readings.series
    return [f"{datetime.fromtimestamp(start / 1000, UTC):%m-%dT%H:%M}" for start in series.starts.tolist()]


@pytest.mark.parametrize(
    "spelled",
    [
        '<c r="{cell}" t="d"><v>{time}</v></c>',
        '<c t="d" s="1" r="{cell}"><v>{time}</v></c>',
        "<c r='{cell}' s='1' t='d'>\n<v>{time}</v></c>",
    ],
)
@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (["2024-03-01T00:00:00Z", "2024-03-01T01:00:00Z"], ["03-01T00:00", "03-01T01:00"]),
        (["2024-03-01T00:00:00+05:00", "2024-03-01T01:00+05:00"], ["02-29T19:00", "02-29T20:00"]),
        (["2024-03-01T00:00:00", "2024-03-01T01:00:00.000"], ["02-29T23:00", "03-01T00:00"]),
        (["2024-10-27T02:00:00+02:00", "2024-10-27T02:00:00+01:00"], ["10-27T00:00", "10-27T01:00"]),
    ],
)
def test_an_iso_cell_is_read_with_its_offset(read: Read, times: list[str], expected: list[str], spelled: str) -> None:
    assert starts(read(with_iso_cells(times, spelled), IN_PARIS, name="w.xlsx", **PARIS)) == expected


def test_an_offset_that_the_format_does_not_have_is_refused(read: Read) -> None:
    times = ["2024-03-01T00:00:00Z", "2024-03-01T01:00:00"]
    readings = read(with_iso_cells(times), IN_PARIS, name="w.xlsx", **PARIS | {"format": '"%d.%m.%Y %H:%M"'})

    assert [(each.line, each.value) for each in readings.rejected] == [(2, "2024-03-01T00:00:00Z")]


def test_every_cell_of_a_long_sheet_is_read_with_its_offset(read: Read) -> None:
    """The bytes of the sheet are searched in parts; some cells are cut by their ends."""
    times = [f"{T0 + n * QUARTER:%Y-%m-%dT%H:%M:%S}{'' if n % 3 else 'Z'}" for n in range(24_000)]
    found = starts(read(with_iso_cells(times), {"slot": '"15m"'}, name="w.xlsx", clock='"UTC"'))

    assert found == [f"{T0 + n * QUARTER:%m-%dT%H:%M}" for n in range(24_000)]


def two_sheets(hidden: str) -> bytes:
    def fill(book: Any) -> None:
        for title, value in (("one", 1), ("two", 2)):
            made = book.active if title == "one" else book.create_sheet()
            made.title, made.sheet_state = title, "hidden" if title == hidden else "visible"
            made.append(["when", "p"])
            made.append([T0, value])
        book.active = 1 if hidden == "one" else 0

    return workbook(fill)


@pytest.mark.parametrize("meant", ["one", "two"])
def test_a_hidden_first_sheet_is_asked_about_and_the_answer_counts(read: Read, meant: str) -> None:
    (refused,) = read(two_sheets("one"), name="w.xlsx").rejected
    assert (
        "its first sheet, 'one', is hidden; name the one that is meant in `sheet`; its sheets: one, two" in refused.why
    )

    readings = read(two_sheets("one"), name="w.xlsx", sheet=f'"{meant}"')
    assert (readings.sheet, readings.series[0].values.tolist()) == (meant, [10 if meant == "one" else 20])


def test_the_sheet_that_was_read_is_named(read: Read) -> None:
    assert read(two_sheets("two"), name="w.xlsx").sheet == "one"
    assert read("when,p\n2024-03-01 00:00,1\n").sheet is None


HOURS: list[list[Any]] = [
    ["when", "p"],
    *([T0 + n * QUARTER, 40 if n % 4 == 0 else None] for n in range(8)),
    [T0 + 8 * QUARTER, 1],
]


def test_a_value_that_is_merged_over_several_slots_is_refused_by_cell(read: Read) -> None:
    readings = read(sheet(HOURS, "B2:B5", "B6:B9"), name="w.xlsx")

    assert [each.line for each in readings.rejected] == list(range(2, 10))
    assert (readings.rejected[0].value, readings.rejected[1].value) == (
        "40 in the merged cells B2:B5",
        "nothing in the merged cells B2:B5",
    )
    assert "unmerge it and write the value of each row" in readings.rejected[0].why
    assert [series.statuses.tolist() for series in readings.series] == [[Status.MEASURED]]


def test_each_remedy_of_merged_cells_gives_every_slot_its_value(read: Read) -> None:
    each = [row if row[1] == "p" else [row[0], 10] for row in HOURS]
    assert read(sheet(each), name="w.xlsx").series[0].values.tolist() == [100] * 9

    (refused, *_) = read(sheet(HOURS, "B2:B5", "B6:B9"), name="w.xlsx").rejected
    assert "delete the rows without a value, and give the `slot` that the value is of" in refused.why
    longer = read(sheet([row for row in HOURS if row[1] is not None][:-1]), {"slot": '"1h"'}, name="w.xlsx")
    assert longer.series[0].values.tolist() == [400, 400]


@pytest.mark.parametrize(
    ("merged", "refused"),
    [
        ("A2:A3", [(2, "when"), (3, "when")]),
        ("B2:C2", [(2, "p"), (2, "q")]),
        ("C2:D3", [(2, "q"), (3, "q")]),
        ("C2:D2", []),
        ("D2:D4", []),
        ("D4:E9", []),
    ],
)
def test_merged_cells_matter_where_one_value_is_of_several_slots_or_points(
    read: Read, merged: str, refused: list[tuple[int, str]]
) -> None:
    rows: list[list[Any]] = [["when", "p", "q", "remark"], *([T0 + n * QUARTER, 1, 2, "x"] for n in range(4))]
    readings = read(sheet(rows, merged), more=({"id": '"q"', "column": '"q"'},), name="w.xlsx")

    assert [(each.line, each.field) for each in readings.rejected] == refused


def test_merged_cells_without_a_value_are_empty_ones(read: Read) -> None:
    rows: list[list[Any]] = [["when", "p"], *([T0 + n * QUARTER, None if n in (1, 2) else 1] for n in range(4))]

    assert read(sheet(rows, "B3:B4"), name="w.xlsx").series[0].values.tolist() == [10, 0, 0, 10]


def test_times_that_were_counted_up_row_by_row_are_those_that_excel_shows(read: Read) -> None:
    """A year of quarters by =A2+1/96: the last time is off by more than a millisecond."""
    serials = list(accumulate([45352.0] + [1 / 96] * 34_999))

    def fill(book: Any) -> None:
        book.active.append(["when", "p"])
        for line, serial in enumerate(serials, 2):
            book.active.append([serial, 1])
            book.active.cell(line, 1).number_format = "yyyy-mm-dd hh:mm"

    readings = read(workbook(fill), name="w.xlsx")
    assert (readings.rejected, readings.series[0].statuses.tolist()) == ((), [Status.MEASURED] * 35_000)


@pytest.mark.parametrize(("millis", "accepted"), [(-350, True), (350, True), (-351, False), (351, False)])
def test_a_time_beyond_what_counting_up_explains_is_refused(read: Read, millis: int, *, accepted: bool) -> None:
    rows: list[list[Any]] = [["when", "p"], [T0, 1], [T0 + QUARTER + timedelta(milliseconds=millis), 2]]
    readings = read(sheet(rows), name="w.xlsx")

    assert [each.line for each in readings.rejected] == ([] if accepted else [3])
