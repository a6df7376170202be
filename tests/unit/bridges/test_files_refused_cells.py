"""A refused cell is missing, never a gap: nothing is stated about a slot whose value may be in it."""

from __future__ import annotations

import io

import openpyxl
import pytest

from tests.unit.bridges.file_world import Read
from veriwatt.metering.series import SourceReadings
from veriwatt.model.points.status import Status

ROWS = ["00:00,1", "00:15,2", "00:45,4", "01:00,5", "01:30,7"]


def statuses(readings: SourceReadings) -> str:
    """The first letters of the statuses: M measured, G gap, A absent."""
    (series,) = readings.series
    return "".join(Status(code).name[0] for code in series.statuses.tolist())


def text(*changes: tuple[int, str], order: int = 1) -> str:
    rows = [f"2024-03-10 {row}" for row in ROWS]
    for at, row in changes:
        rows[at] = row
    return "\n".join(["when,p", *rows[::order]]) + "\n"


def test_holes_of_an_accepted_file_are_gaps(read: Read) -> None:
    assert statuses(read(text())) == "MMGMMGM"


@pytest.mark.parametrize("cell", ["1,234.5", "abc", "1e99", "0.01", "9 999"])
def test_a_cell_that_is_no_number_is_absent(read: Read, cell: str) -> None:
    assert statuses(read(text((2, f'2024-03-10 00:45,"{cell}"')))) == "MMGAMGM"


@pytest.mark.parametrize("row", ["soon,4", "2024-03-10 00:44,4", "2042-03-10 00:45,4", "2024-03-10 00:45", "x,y,z"])
@pytest.mark.parametrize("order", [1, -1])
def test_a_row_without_a_slot_leaves_its_neighbourhood_absent_and_other_holes_gaps(
    read: Read, row: str, order: int
) -> None:
    assert statuses(read(text((2, row), order=order))) == "MMAAMGM"


def test_a_row_without_a_slot_may_be_any_hole_of_a_file_out_of_order(read: Read) -> None:
    changed = text((2, "soon,4"), (0, "2024-03-10 00:15,2"), (1, "2024-03-10 00:00,1"))

    assert statuses(read(changed)) == "MMAAMAM"


UNPLACED = ["soon,9", "2024-03-10 00:44,9", "2042-03-10 00:45,9", "2024-03-10 00:45,9,9"]
PARTS = ["00:00,1", "00:00,1", "00:15,2", "REFUSED", "00:45,4", "00:45,5", "01:00,6"]


@pytest.mark.parametrize("repeats", ["sum-any", "first", "last"])
@pytest.mark.parametrize("row", UNPLACED)
@pytest.mark.parametrize("order", [1, -1])
def test_a_row_without_a_slot_may_be_a_part_or_a_version_of_its_neighbours_slots(
    read: Read, repeats: str, row: str, order: int
) -> None:
    """Its slot without it is another amount than the file states."""
    rows = [row if each == "REFUSED" else f"2024-03-10 {each}" for each in PARTS]
    readings = read("\n".join(["when,p", *rows[::order]]) + "\n", repeats=f'"{repeats}"')

    assert statuses(readings) == "MAAAM"


@pytest.mark.parametrize(("at", "expected"), [(0, "MGMM"), (len(PARTS), "MMGM")])
def test_a_row_without_a_slot_at_an_end_of_the_file_may_be_a_part_of_that_slot(
    read: Read, at: int, expected: str
) -> None:
    rows = [f"2024-03-10 {each}" for each in PARTS if each != "REFUSED"]
    rows.insert(at, "soon,9")
    readings = read("\n".join(["when,p", *rows]) + "\n", repeats='"sum-any"')

    assert statuses(readings) == expected


def test_an_empty_part_beside_a_row_without_a_slot_is_no_gap(read: Read) -> None:
    text = "when,p\n2024-03-10 00:00,1\n2024-03-10 00:15,\nsoon,2\n2024-03-10 00:30,3\n2024-03-10 00:45,3\n"

    assert statuses(read(text, repeats='"sum"')) == "MAAM"
    assert statuses(read(text + "soon,1\n2024-03-10 01:00,3\n2024-03-10 01:15,3\n", repeats='"sum"')) == "MAAAAM"


@pytest.mark.parametrize("repeats", ["sum-any", "first", "last"])
def test_a_row_without_a_slot_may_be_a_part_of_any_slot_of_a_file_out_of_order(read: Read, repeats: str) -> None:
    rows = ["00:00,1", "00:15,2", "00:30,3", "00:00,4", "00:15,5"]
    text = "\n".join(["when,p", *(f"2024-03-10 {row}" for row in rows), "soon,6"]) + "\n"

    assert read(text, repeats=f'"{repeats}"').series == ()


@pytest.mark.parametrize("repeats", ["refuse", "same"])
def test_a_row_that_is_the_whole_of_its_slot_stands_beside_one_without_a_slot(read: Read, repeats: str) -> None:
    assert statuses(read(text((2, "soon,4")), repeats=f'"{repeats}"')) == "MMAAMGM"


def test_a_row_off_the_grid_of_one_point_is_whole_for_another(read: Read) -> None:
    rows = "".join(f"2024-03-10 {row}\n" for row in ("00:00,1,", "00:00,1,2", "00:15,1,3", "01:00,1,4", "02:00,1,5"))
    hourly = {"id": '"q"', "column": '"q"', "slot": '"1h"'}
    quarters, hours = read(f"when,p,q\n{rows}", more=(hourly,), repeats='"sum-any"').series

    assert "".join(Status(code).name[0] for code in quarters.statuses.tolist()) == "MMGGMGGGM"
    assert "".join(Status(code).name[0] for code in hours.statuses.tolist()) == "M"


def test_a_refused_cell_at_the_end_adds_no_slot(read: Read) -> None:
    assert statuses(read(text((4, "2024-03-10 01:30,x")))) == "MMGMM"


def test_an_unsaved_formula_is_a_refused_cell_and_not_a_blank_one(read: Read) -> None:
    book, raw = openpyxl.Workbook(), io.BytesIO()
    for row in (["when", "p"], ["2024-03-10 00:00", 1], ["2024-03-10 00:15", "=B2"], ["2024-03-10 00:30", 3]):
        book.active.append(row)
    book.save(raw)
    readings = read(raw.getvalue())

    assert statuses(readings) == "MAM"
    assert (readings.rejected_count, readings.repeated) == (1, 0)


@pytest.mark.parametrize(("cell", "names"), [("1,234.5", False), ("1 234", False), ("n/a", True), ("-", True)])
def test_only_a_text_without_digits_may_mean_no_value(read: Read, cell: str, names: bool) -> None:
    """A number with separators that were put into `missing` would become a gap over a value."""
    readings = read(text((2, f'2024-03-10 00:45,"{cell}"')))

    assert ("`missing`" in readings.rejected[0].why) is names


def test_the_remedies_of_a_text_that_is_no_number_give_the_right_result(read: Read) -> None:
    rewritten = read(text((2, "2024-03-10 00:45,1234.5")))
    named = read(text((2, "2024-03-10 00:45,n/a")), missing='["", "n/a"]')

    assert (statuses(rewritten), rewritten.series[0].values.tolist()[3]) == ("MMGMMGM", 12345)
    assert statuses(named) == "MMGGMGM"
