"""A first row that looks like data is asked about."""

from __future__ import annotations

import io

import openpyxl
import pytest

from tests.unit.bridges.file_world import Read

BARE = "2024-03-10 00:00,1\n2024-03-10 00:15,2\n"
NUMBERED = {"header": "false", "timestamp": '"1"'}


@pytest.mark.parametrize("timestamp", ["when", "2024-03-10 00:00"])
def test_a_file_without_a_header_is_refused_with_what_to_write(read: Read, timestamp: str) -> None:
    (problem,) = read(BARE, timestamp=f'"{timestamp}"').rejected

    assert (problem.line, problem.value) == (1, "2024-03-10 00:00")
    assert 'header = false and timestamp = "1"' in problem.why


def test_the_remedy_reads_every_row_by_the_numbers_of_its_columns(read: Read) -> None:
    readings = read("\n" + BARE, {"column": '"2"'}, **NUMBERED)

    assert (readings.rejected, readings.series[0].values.tolist()) == ((), [10, 20])
    assert readings.series[0].lines.tolist() == [2, 3]


def test_a_sheet_without_a_header_is_read_the_same_way(read: Read) -> None:
    book, raw = openpyxl.Workbook(), io.BytesIO()
    for row in (["2024-03-10 00:00", 1], ["2024-03-10 00:15", 2]):
        book.active.append(row)
    book.save(raw)

    assert "header = false" in read(raw.getvalue()).rejected[0].why
    assert read(raw.getvalue(), {"column": '"2"'}, **NUMBERED).series[0].values.tolist() == [10, 20]


def test_a_header_that_looks_like_data_may_be_said_to_be_one(read: Read) -> None:
    readings = read("2024-03-10,p\n" + BARE, timestamp='"2024-03-10"', header="true")

    assert readings.series[0].values.tolist() == [10, 20]


@pytest.mark.parametrize("header", ["when,p", "when,p,1001,1002", "Zeit 2024,p"])
def test_a_header_is_not_asked_about(read: Read, header: str) -> None:
    name = header.split(",", maxsplit=1)[0]
    row = ",".join(["2024-03-10 00:00", *"1" * (header.count(","))])

    assert read(f"{header}\n{row}\n", timestamp=f'"{name}"', format='"%Y-%m-%d %H:%M"').rejected == ()
