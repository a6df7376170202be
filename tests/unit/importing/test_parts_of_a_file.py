"""The sheets and columns of one file that fill one point: they contradict each other only where both state a slot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from tests.unit.importing.file_import import FileImports
from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.errors import BadInput
from veriwatt.importing.import_readings import Imported
from veriwatt.model.points.status import Status
from veriwatt.node.home import Home

DAILY = {"slot": '"day"'}
AMSTERDAM = {"clock": '"Europe/Amsterdam"'}
Cells = Sequence[tuple[object, ...]]


def days(month: int, value: int, count: int = 28) -> Cells:
    first = datetime(2024, month, 1)  # noqa: DTZ001 - a cell has no zone
    return [("when", "p"), *((first + timedelta(days=n), value) for n in range(count))]


YEAR = {"Jan": days(1, 1, 31), "Feb": days(2, 2, 29), "Mar": days(3, 3, 31)}


class BookImports(FileImports):
    def book(self, sheets: Mapping[str, Cells], name: str = "year.xlsx") -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, cells in sheets.items():
            sheet = book.create_sheet(title)
            for row in cells:
                sheet.append(row)
        book.save(self.folder / name)
        return self.folder / name

    def read_in(self, path: Path, file: dict[str, str] | None = None, point: dict[str, str] | None = None) -> Imported:
        mapping = load_mapping(self.mapping(DAILY | (point or {}), AMSTERDAM | (file or {})))
        with Home(self.root, self.clock) as home:
            readings = read_file(path, mapping, now=home.clock.now())
            return home.readings_import().run(readings, on_progress=lambda _: None)

    def months(self, point: str = "p") -> list[str | None]:
        return self.totals("2024-01-01", "2024-04-01", "1mo", point)


@pytest.fixture
def imports(tmp_path: Path) -> BookImports:
    return BookImports(tmp_path)


@pytest.mark.parametrize("order", [("Jan", "Feb", "Mar"), ("Mar", "Jan", "Feb"), ("", "Feb", "Mar", "Jan")])
def test_the_sheets_of_the_months_fill_one_point_in_any_order(imports: BookImports, order: tuple[str, ...]) -> None:
    path = imports.book(YEAR)
    for sheet in order:
        imports.read_in(path, {"sheet": f'"{sheet}"' if sheet else ""})

    assert imports.months() == ["31.0", "58.0", "93.0"]
    for sheet in order:
        assert imports.read_in(path, {"sheet": f'"{sheet}"' if sheet else ""}).frames == 0


def test_the_sheets_of_the_months_fill_several_points_of_a_group(imports: BookImports) -> None:
    sheets = {name: [(*row, *row[1:]) for row in cells] for name, cells in YEAR.items()}
    path = imports.book({name: [("when", "p", "q"), *cells[1:]] for name, cells in sheets.items()})
    for sheet in YEAR:
        imports.read_in(path, {"sheet": f'"{sheet}"'}, {"id": '"{column}"', "column": '"*"'})

    assert imports.months() == imports.months("q") == ["31.0", "58.0", "93.0"]


def test_a_slot_that_two_sheets_state_otherwise_is_refused_by_its_row(imports: BookImports) -> None:
    path = imports.book({"plan": days(1, 9, 3), "actual": [*days(1, 9, 2), days(1, 4, 3)[-1], *days(2, 4, 1)[1:]]})
    imports.read_in(path, {"sheet": '"plan"'})
    done = imports.read_in(path, {"sheet": '"actual"'})

    assert [(each.line, each.value) for each in done.rejected] == [(4, "4")]
    assert "starts at 2024-01-03T00:00:00+01:00, which has 9.0 kWh already" in done.rejected[0].why
    assert imports.months() == ["27.0", None, None]


def test_columns_side_by_side_fill_one_point(imports: BookImports) -> None:
    """A table of January beside one of February, each with its own dates."""
    rows = [(*a, *b) for a, b in zip(days(1, 1), days(2, 2), strict=True)]
    path = imports.book({"all": [("when", "p", "when2", "p2"), *rows[1:]]})
    imports.read_in(path)
    done = imports.read_in(path, {"timestamp": '"when2"'}, {"column": '"p2"'})

    assert done.slots[Status.MEASURED] == 28
    assert imports.months() == ["28.0", "56.0", None]


@pytest.mark.parametrize(
    "other",
    [
        {"timestamp": '"when2"'},
        {"timestamp": '"when2"', "stamp": '"end"'},
        {"stamp": '"end"'},
        {"dst": '"standard"', "sheet": '"Feb"'},
    ],
    ids=", ".join,
)
def test_the_same_column_at_other_times_is_refused_and_a_part_beside_it_has_a_file_of_its_own(
    imports: BookImports, other: dict[str, str]
) -> None:
    """No slot is stated by both, and yet the values are the same ones."""
    later = [(*a, b[0]) for a, b in zip(days(1, 1), days(3, 1), strict=True)]
    path = imports.book({"Jan": [("when", "p", "when2"), *later[1:]], "Feb": days(2, 2)})
    imports.read_in(path)
    with pytest.raises(BadInput, match="another mapping") as refused:
        imports.read_in(path, other)
    assert "save that part as a file of its own" in refused.value.remedy

    own = imports.book({"Feb": days(2, 2)}, "feb.xlsx")
    assert imports.read_in(own).slots[Status.MEASURED] == 28
    assert imports.months() == ["28.0", "56.0", None]
