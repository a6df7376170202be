"""Numbers of a workbook whose cells have formats: what people see is what is read, or nothing is."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from tests.unit.bridges.file_world import Read
from veriwatt.model.points.status import Status

TIMES = [datetime(2024, 3, 10, h) for h in range(3)]  # noqa: DTZ001 - a sheet knows no zones
HOURS = {"slot": '"1h"', "resolution": '"0.001"'}


def workbook(columns: dict[str, list[Any]], formats: dict[str, str]) -> bytes:
    """A sheet with these columns; `formats` has the format of the second row of each of some columns."""
    book = openpyxl.Workbook()
    sheet = book.active
    for i, (name, cells) in enumerate(columns.items(), 1):
        for r, value in enumerate([name, *cells], 1):
            sheet.cell(r, i, value)
        if name in formats:
            sheet.cell(3, i).number_format = formats[name]
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


@pytest.mark.parametrize(
    "number_format", ["0%", "0.00%", "#,##0,", "0.0,,", '#,##0.0,"k"', "0,.00", "[>=1000]0.0,;0", '0.0;[Red]-0%;"-"']
)
@pytest.mark.parametrize("unit", ["%", "kWh"])
def test_a_number_that_is_shown_multiplied_or_divided_is_refused_and_never_signed_as_it_is_stored(
    read: Read, number_format: str, unit: str
) -> None:
    raw = workbook({"when": TIMES, "p": [1, 0.12, 3]}, {"p": number_format})
    readings = read(raw, HOURS | {"unit": f'"{unit}"', "kind": '"instant"', "energy": '"other"'})

    assert [(r.line, r.field, r.value) for r in readings.rejected] == [(3, "p", f"0.12 in the format {number_format}")]
    assert "General" in readings.rejected[0].why
    assert readings.series[0].statuses.tolist() == [Status.MEASURED, Status.ABSENT, Status.MEASURED]


@pytest.mark.parametrize(
    "number_format",
    [
        "General",
        "0.00",
        "#,##0",
        "#,##0.00_);[Red](#,##0.00)",
        '0.0"%"',
        r"0\%",
        '#,##0" kWh, net"',
        "0.00E+00",
        "# ?/?",
        "0/16",
        '0" m3"',
        '"CO2 "0.00',
        '0" "000',
        "0;-0;0",
        "0;(0)",
        '0;"-"0',
        "0.00;[Red]0.00",
        '#,##0;"△ "#,##0',
        "[>=1000]0.00;0.000",
        '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-',
        '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)',
        "[$€-407] #,##0.00;[$€-407] -#,##0.00",
    ],
)
def test_a_number_that_is_shown_as_it_is_stored_is_read_beside_those_that_are_not(
    read: Read, number_format: str
) -> None:
    raw = workbook({"when": TIMES, "p": [1, 0.12, 3], "share": [1, 0.5, 1]}, {"p": number_format, "share": "0%"})
    readings = read(raw, HOURS)

    assert (readings.rejected, readings.series[0].values.tolist()) == ((), [1_000, 120, 3_000])


@pytest.mark.parametrize(
    ("number_format", "refused"),
    [
        ("0\\.000", [12345, -2, 0]),
        ('0"."000', [12345, -2, 0]),
        ("0\\,000", [12345, -2, 0]),
        ('0"000"', [12345, -2, 0]),
        ('0".5"', [12345, -2, 0]),
        ("\\10", [12345, -2, 0]),
        ("-0", [12345, -2]),
        ('"-"0', [12345, -2]),
        ("$-0.00", [12345, -2]),
        ("(0)", [12345, -2]),
        ("0-", [12345, -2]),
        ("-0;-0", [12345]),
        ("0;0;0", [-2]),
        ("0.00;[Blue]0.00", [-2]),
        ("#,##0.00_-;#,##0.00_-", [-2]),
    ],
)
def test_a_number_that_is_shown_with_another_point_digit_or_sign_is_refused(
    read: Read, number_format: str, refused: list[int]
) -> None:
    for cell in (12345, -2, 0):
        readings = read(workbook({"when": TIMES, "p": [1, cell, 3]}, {"p": number_format}), HOURS)
        named = [(3, f"{cell} in the format {number_format}")] if cell in refused else []
        assert [(r.line, r.value) for r in readings.rejected] == named
        assert all("another number than the one stored" in r.why for r in readings.rejected)


@pytest.mark.parametrize(
    "number_format", ["0;-0;0", "0;(0)", "0.00;[Red]0.00", '0;"-"0;"-"??', "General", "0.0;-General"]
)
def test_a_negative_number_that_is_shown_as_one_is_read(read: Read, number_format: str) -> None:
    readings = read(workbook({"when": TIMES, "p": [1, -2.5, 0]}, {"p": number_format}), HOURS)

    assert (readings.rejected, readings.series[0].values.tolist()) == ((), [1_000, -2_500, 0])


@pytest.mark.parametrize(("column", "cells"), [("when", [20240310, 20240311, 20240312]), ("flag", [1, 1, 1])])
def test_a_time_and_a_status_that_are_shown_otherwise_are_refused_too(
    read: Read, column: str, cells: list[int]
) -> None:
    columns = {"when": [20240310, 20240311, 20240312], "p": [1, 2, 3], "flag": [1, 1, 1]}
    status = '{column = "flag", estimated = ["1"], else = "measured"}'
    raw = workbook(columns | {column: cells}, {column: "0,"})
    readings = read(raw, HOURS | {"slot": '"day"'}, format='"%Y%m%d"', status=status)

    assert [(r.line, r.field, r.value) for r in readings.rejected] == [(3, column, f"{cells[1]} in the format 0,")]


def test_a_text_of_another_file_that_only_speaks_of_formats_is_no_such_number(read: Read) -> None:
    status = '{column = "flag", estimated = ["E"], else = "measured"}'
    readings = read(
        "when,p,flag\n2024-03-10 00:00,1,1 in the format 0\n2024-03-10 00:15,1,as in the format 0%\n", status=status
    )

    assert (readings.rejected, readings.series[0].statuses.tolist()) == ((), [Status.MEASURED, Status.MEASURED])


def test_a_number_that_is_shown_rounded_is_read_as_it_is_stored(read: Read) -> None:
    readings = read(workbook({"when": TIMES, "p": [1, 1.234, 3]}, {"p": "0.0"}), HOURS)

    assert (readings.rejected, readings.series[0].values.tolist()) == ((), [1_000, 1_234, 3_000])
