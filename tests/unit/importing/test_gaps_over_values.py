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


def test_a_slot_of_which_the_file_has_no_row_or_no_text_takes_nothing_back(imports: FileImports) -> None:
    later = "when,p,s\n2024-03-10 00:00,5,A\n2024-03-10 00:15,,A\n2024-03-10 00:45,1,A\n"

    assert imports.add(later, MARKS, status=STATUS).gaps_over_values == 0
