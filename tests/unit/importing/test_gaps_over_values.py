"""A later file takes back values that are recorded: no import does so, and each says of how many."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.importing.file_import import FileImports
from veriwatt.importing.import_readings import result_of
from veriwatt.model.points.status import Status

MARKS = {"minimum": '"0"', "maximum": '"9"', "sentinels": '["-1"]'}
STATUS = '{column = "s", measured = ["A"], gap = ["N"]}'


@pytest.fixture
def imports(tmp_path: Path) -> FileImports:
    made = FileImports(tmp_path)
    made.add("when,p,s\n2024-03-10 00:00,5,A\n2024-03-10 00:15,6,A\n2024-03-10 00:30,0,N\n", MARKS, status=STATUS)
    return made


@pytest.mark.parametrize("marked", ["6,N", "-1,A", "-2,A", "10,A"])
def test_a_marked_gap_over_a_recorded_value_is_counted_and_the_value_stays(imports: FileImports, marked: str) -> None:
    later = f"when,p,s\n2024-03-10 00:00,5,A\n2024-03-10 00:15,{marked}\n2024-03-10 00:30,0,N\n2024-03-10 00:45,1,A\n"
    planned = result_of(imports.plan(later, MARKS, status=STATUS))
    done = imports.add(later, MARKS, status=STATUS)

    assert (planned.gaps_over_values, done.gaps_over_values) == (1, 1)
    assert (done.slots[Status.MEASURED], done.slots[Status.GAP]) == (1, 0)
    assert imports.totals("2024-03-09 17:00", "2024-03-09 18:00", "15m") == ["5.0", "6.0", None, "1.0"]


@pytest.mark.parametrize("blank", ["", "-"])
def test_a_cell_without_a_value_over_a_recorded_one_is_counted_and_the_value_stays(
    imports: FileImports, blank: str
) -> None:
    """Also the last cell of the file, or one before its first value; a gap that is recorded says the same."""
    missing = '["", "-"]'
    last = f"when,p,s\n2024-03-10 00:00,5,A\n2024-03-10 00:15,{blank},A\n"
    first = f"when,p,s\n2024-03-10 00:00,{blank},A\n2024-03-10 00:30,{blank},A\n2024-03-10 00:45,1,A\n"

    for text in (last, first):
        planned = result_of(imports.plan(text, MARKS, status=STATUS, missing=missing))
        done = imports.add(text, MARKS, status=STATUS, missing=missing)
        assert (planned.blanks_over_values, done.blanks_over_values, done.gaps_over_values) == (1, 1, 0)
    assert imports.totals("2024-03-09 17:00", "2024-03-09 18:00", "15m") == ["5.0", "6.0", None, "1.0"]


@pytest.mark.parametrize("repeats", ["sum", "last"])
def test_parts_or_a_last_version_without_a_value_over_a_recorded_one_are_counted_once(
    imports: FileImports, repeats: str
) -> None:
    text = "when,p,s\n2024-03-10 00:00,,A\n2024-03-10 00:00,,A\n2024-03-10 00:15,6,A\n2024-03-10 00:15,0,A\n"

    assert imports.add(text, MARKS, status=STATUS, repeats=f'"{repeats}"').blanks_over_values == 1


def test_a_row_without_a_value_beside_another_row_of_its_slot_is_no_blank_cell(imports: FileImports) -> None:
    done = imports.add("when,p,s\n2024-03-10 00:00,5,A\n2024-03-10 00:00,,A\n", MARKS, status=STATUS)

    assert (done.without_value, done.blanks_over_values) == (1, 0)


def test_a_slot_of_which_the_file_has_no_row_takes_nothing_back(imports: FileImports) -> None:
    done = imports.add("when,p,s\n2024-03-10 00:00,5,A\n2024-03-10 00:45,1,A\n", MARKS, status=STATUS)

    assert (done.gaps_over_values, done.blanks_over_values) == (0, 0)
