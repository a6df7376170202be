"""A refused value that contradicts a recorded one is said as its file has it, with what it becomes beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.importing.file_import import FileImports
from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.errors import BadInput
from veriwatt.metering.rejections import MOST_LISTED, Rejection
from veriwatt.node.home import Home


@pytest.fixture
def imports(tmp_path: Path) -> FileImports:
    made = FileImports(tmp_path)
    made.add("when,p\n2024-03-10 00:00,9\n2024-03-10 00:15,8\n")
    return made


def test_the_cell_is_shown_and_what_the_factor_makes_of_it_beside_it(imports: FileImports) -> None:
    done = imports.add("n,when,p\n1,2024-03-10 00:00,9\n2,2024-03-10 00:15,+1.50\n", {"factor": '"1000"'})

    assert [(r.line, r.field, r.value) for r in done.rejected] == [(2, "p", "9"), (3, "p", "+1.50")]
    assert done.rejected[0].why.startswith(
        "9000.0 kWh for the slot of p that starts at 2024-03-09T17:00:00+01:00, which"
    )
    assert "which has 9.0 kWh already; `veriwatt correct`" in done.rejected[0].why
    assert done.rejected[1].why.startswith("1500.0 kWh for the slot of p")


def test_of_a_sum_the_cell_of_its_first_row_is_shown(imports: FileImports) -> None:
    rows = "2024-03-10 00:00,2\n2024-03-10 00:00,3\n2024-03-10 00:15,1\n2024-03-10 00:15,7\n"
    (refused,) = imports.add(f"when,p\n{rows}", {"repeats": '"sum"'}).rejected

    assert (refused.line, refused.value) == (2, "2")
    assert refused.why.startswith("5.0 kWh for the slot of p")


def test_all_refused_cells_reach_the_one_who_wants_all(imports: FileImports) -> None:
    count = MOST_LISTED + 5
    rows = "".join(f"2024-03-{11 + n:02},{n}\n" for n in range(count - 11))
    text, days = f"when,p\n{rows}", {"slot": '"day"', "id": '"d"'}
    imports.add(text, days)
    found: list[Rejection] = []
    (imports.folder / "readings.csv").write_text(text.replace("\n", "7\n").replace("p7\n", "p\n"))
    with Home(imports.root) as home:
        mapping = load_mapping(imports.mapping(days, {}))
        readings = read_file(imports.folder / "readings.csv", mapping, now=home.clock.now(), on_rejection=found.append)
        home.import_planner().plan(readings, on_rejection=found.append)

    assert [r.value for r in found] == [f"{n}7" for n in range(count - 11)]


def test_a_file_that_changed_before_its_cells_are_told_is_refused(imports: FileImports) -> None:
    readings = imports.read("when,p\n2024-03-10 00:00,7\n")
    (imports.folder / "readings.csv").write_text("when,p\n2024-03-10 00:00,5\n")

    with Home(imports.root) as home, pytest.raises(BadInput, match="changed while it was read"):
        home.import_planner().plan(readings)
