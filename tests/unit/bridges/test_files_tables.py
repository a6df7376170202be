from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.worksheet.formula import ArrayFormula

from tests.unit.bridges.file_world import NOW, Map, Read
from veriwatt.bridges.files.read_file import read_file
from veriwatt.metering.series import SourceReadings
from veriwatt.model.points.status import Status

TIMES = [datetime(2024, 3, 10, h) for h in range(3)]  # noqa: DTZ001 - a sheet knows no zones


def workbook(*rows: list[Any], title: str = "Readings", to_calculate: bool = False) -> bytes:
    """A workbook, which Excel is told to calculate when it opens it, or not."""
    book = openpyxl.Workbook()
    book.calculation.fullCalcOnLoad = to_calculate
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.create_sheet("Notes").append(["when", "p"])
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def with_saved(raw: bytes, saved: bytes, kind: bytes = b"n", cell: bytes = rb"\w+") -> bytes:
    """The workbook with a saved value, of the `kind` of a cell, for the formula of a `cell` or of every one."""
    formula, written = rb'(<c r="%s")((?: s="\d+")?>)(<f>.*?</f>)(?:<v ?/>|<v></v>)' % cell, io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(written, "w") as new:
        for name in old.namelist():
            new.writestr(name, re.sub(formula, rb'\1 t="%s"\2\3<v>%s</v>' % (kind, saved), old.read(name)))
    return written.getvalue()


def table(when: Any, p: Any) -> bytes:
    raw = io.BytesIO()
    pq.write_table(pa.table({"when": when, "p": p}), raw)
    return raw.getvalue()


def given(readings: SourceReadings) -> list[int]:
    assert readings.rejected == ()
    (series,) = readings.series
    assert int(series.starts[0]) == int(datetime(2024, 3, 9, 16, tzinfo=UTC).timestamp()) * 1_000
    return [int(value) for value in series.values[series.statuses == 1]]


def test_dates_and_numbers_of_a_sheet_are_read(read: Read) -> None:
    rows = zip(TIMES, [0.1 + 0.2, 7, "2.5"], strict=True)
    raw = workbook([], ["when", "p", None], *([at, value] for at, value in rows), [None, None])

    assert given(read(raw, {"resolution": '"0.1"', "round": "true"}, name="x.xlsx")) == [3, 70, 25]


def test_a_number_of_a_sheet_is_the_shortest_decimal_that_denotes_it(read: Read) -> None:
    rows = [[at, value] for at, value in zip(TIMES, [0.1, 157.18, 1e-7], strict=True)]

    assert given(read(workbook(["when", "p"], *rows), {"resolution": '"0.0000001"'})) == [10**6, 1_571_800_000, 1]


def test_texts_of_a_sheet_are_parsed_by_the_format(read: Read) -> None:
    raw = workbook(["when", "p"], ["10.03.2024 00:00", 1], [TIMES[1], 2])

    assert given(read(raw, format='"%d.%m.%Y %H:%M"')) == [10, 20]


def test_rejections_name_the_row_of_a_sheet(read: Read) -> None:
    raw = workbook(["when", "p"], [], [TIMES[0], "x"], ["soon", 2], [TIMES[2], 3, 4])

    assert [(r.line, r.field) for r in read(raw).rejected] == [(3, "p"), (4, "when"), (5, "")]


@pytest.mark.parametrize("to_calculate", [False, True])
@pytest.mark.parametrize("cell", [1, 0])
def test_a_formula_without_a_saved_value_is_rejected_and_no_gap(read: Read, cell: int, to_calculate: bool) -> None:
    """Workbooks that a program wrote and Excel never saved hold formulas alone."""
    rows: list[list[Any]] = [[at, 1] for at in TIMES]
    rows[1][cell] = "=A2"
    raw = workbook(["when", "p"], *rows, [None, None], to_calculate=to_calculate)
    problems = read(raw, {"slot": '"1h"'}).rejected

    assert [(r.line, r.field, r.value) for r in problems] == [(3, ["when", "p"][cell], "=A2")]
    assert "saved value" in problems[0].why


@pytest.mark.parametrize("to_calculate", [False, True])
def test_a_zero_saved_for_a_formula_is_a_value_only_if_excel_had_calculated_it(read: Read, to_calculate: bool) -> None:
    """Some programs write 0 for every formula, and tell Excel to calculate them; Excel itself saves what it shows."""
    rows: list[list[Any]] = [[at, 1] for at in TIMES]
    rows[1][1] = "=2*B2"
    raw = with_saved(workbook(["when", "p"], *rows, to_calculate=to_calculate), b"0")
    readings = read(raw, {"slot": '"1h"'})

    assert [(r.line, r.value) for r in readings.rejected] == ([(3, "=2*B2")] if to_calculate else [])
    stated = Status.ABSENT if to_calculate else Status.MEASURED
    assert readings.series[0].statuses.tolist() == [Status.MEASURED, stated, Status.MEASURED]


@pytest.mark.parametrize("to_calculate", [False, True])
def test_the_formula_of_an_array_without_a_saved_value_is_named_by_its_text(read: Read, to_calculate: bool) -> None:
    rows: list[list[Any]] = [["when", "p"], *([at, 1] for at in TIMES)]
    rows[2][1] = ArrayFormula("B3", "=SUM(A2:A3)")
    raw = workbook(*rows, to_calculate=to_calculate)

    assert [(r.line, r.value) for r in read(raw, {"slot": '"1h"'}).rejected] == [(3, "=SUM(A2:A3)")]


def test_a_formula_whose_saved_value_is_the_empty_text_is_a_blank_cell(read: Read) -> None:
    """Such as =IF(C3="","",C3): Excel saves that the result is a text, and the text without a letter."""
    rows: list[list[Any]] = [["when", "p"], *([at, 1] for at in TIMES), ['=IF(C5="","",C5)', '=IF(D5="","",D5)']]
    rows[2][1] = '=IF(D3="","",D3)'
    readings = read(with_saved(workbook(*rows), b"", b"str"), {"slot": '"1h"'})

    assert readings.rejected == ()
    assert readings.series[0].statuses.tolist() == [Status.MEASURED, Status.GAP, Status.MEASURED]


@pytest.mark.parametrize("kind", [b"n", b"str"])
def test_formulas_of_a_workbook_that_excel_is_to_calculate_are_rejected_whatever_is_saved(
    read: Read, kind: bytes
) -> None:
    rows: list[list[Any]] = [["when", "p"], *([at, 1] for at in TIMES)]
    rows[2][1] = '=IF(D3="","",D3)'
    raw = with_saved(workbook(*rows, to_calculate=True), b"", kind)

    assert [r.line for r in read(raw, {"slot": '"1h"'}).rejected] == [3]


def test_formulas_with_and_without_a_saved_value_are_told_apart_in_one_row(read: Read) -> None:
    rows: list[list[Any]] = [["when", "p", "q"], *([at, 1, 1] for at in TIMES)]
    rows[2][1:] = ["=D3", "=E3"]
    raw, hourly = with_saved(workbook(*rows), b"", b"str", b"B3"), {"slot": '"1h"'}
    rejected = read(raw, hourly, more=({"id": '"q"', "column": '"q"'} | hourly,)).rejected

    assert [(r.line, r.field, r.value) for r in rejected] == [(3, "q", "=E3")]


def test_blank_cells_and_rows_of_a_sheet_without_formulas_are_no_values(read: Read) -> None:
    rows: list[list[Any]] = [[TIMES[0], 1], [], [TIMES[1], None], [None, None, None], [TIMES[2], 3]]

    assert [s.values.tolist() for s in read(workbook([], ["when", "p"], *rows), {"slot": '"1h"'}).series] == [
        [10, 0, 30]
    ]


@pytest.mark.parametrize("otherwise", ["measured", "gap", "refuse"])
def test_a_status_that_is_a_formula_without_a_saved_value_is_rejected_whatever_others_mean(
    read: Read, otherwise: str
) -> None:
    rows: list[list[Any]] = [[at, 1, "A"] for at in TIMES]
    rows[1][2] = '=IF(B3>1,"E","A")'
    status = f'{{column = "flag", measured = ["A"], estimated = ["E"], else = "{otherwise}"}}'
    readings = read(workbook(["when", "p", "flag"], *rows), {"slot": '"1h"'}, status=status)

    assert [(r.line, r.field) for r in readings.rejected if "saved value" in r.why] == [(3, "flag")]
    assert [series.statuses.tolist()[1] for series in readings.series] == [Status.ABSENT]


def test_rows_of_nothing_but_unsaved_formulas_are_rejected(read: Read) -> None:
    problems = read(workbook(["when", "p"], [TIMES[0], 1], ["=A2+1/24", "=B2"])).rejected

    assert [(r.line, r.field) for r in problems] == [(3, "when"), (3, "p")]


def test_a_sheet_is_chosen_by_its_name(read: Read) -> None:
    raw = workbook(["when", "p"], [TIMES[0], 1])

    assert given(read(raw, sheet='"Readings"')) == [10]
    assert "no data row" in read(raw, sheet='"Notes"').rejected[0].why
    assert "Readings, Notes" in read(raw, sheet='"Absent"').rejected[0].why


@pytest.mark.parametrize("cut", [4, 100, 3_000])
def test_a_damaged_workbook_is_rejected(read: Read, cut: int) -> None:
    raw = workbook(["when", "p"], [TIMES[0], 1])

    assert "workbook" in read(raw[:cut]).rejected[0].why


@pytest.mark.parametrize(
    "values",
    [
        pa.array([Decimal("0.1"), Decimal("0.2"), Decimal("0.3")], pa.decimal128(20, 4)),
        pa.array([0.1, 0.2, 0.3], pa.float64()),
        pa.array([0.1, 0.2, 0.3], pa.float32()),
        pa.array(["0.1", "2e-1", "0.3"]),
        pa.array(["0.1", "0.2", "0.3"]).dictionary_encode(),
        pa.array(["0.1", "0.2", "0.3"], pa.string_view()),
    ],
    ids=str,
)
def test_every_numeric_type_of_parquet_is_read_exactly(read: Read, values: Any) -> None:
    assert given(read(table(pa.array(TIMES, pa.timestamp("ms")), values))) == [1, 2, 3]


@pytest.mark.parametrize(
    ("when", "file"),
    [
        (pa.array(TIMES, pa.timestamp("ns")), {}),
        (pa.array([t.replace(tzinfo=UTC) for t in TIMES], pa.timestamp("us", "UTC")), {"clock": '"UTC"'}),
        (pa.array([t.isoformat() for t in TIMES]), {}),
        (pa.array([1_710_000_000 + 3_600 * h for h in range(3)]), {"format": '"unix_s"'}),
    ],
    ids=["ns", "utc", "text", "unix"],
)
def test_every_time_type_of_parquet_is_read(read: Read, when: Any, file: dict[str, str]) -> None:
    readings = read(table(when, pa.array([1, None, 3])), {"slot": '"1h"'}, **file)

    assert [(s.values.tolist(), s.statuses.tolist()) for s in readings.series] == [([10, 0, 30], [1, 4, 1])]


def test_parquet_dates_are_days(read: Read) -> None:
    raw = table(pa.array([date(2024, 3, 10), date(2024, 3, 11)]), pa.array([1, 2]))

    assert given(read(raw, {"slot": '"day"'})) == [10, 20]


def test_rejections_name_the_row_of_a_parquet_file(read: Read) -> None:
    raw = table(pa.array([*TIMES[:2], None], pa.timestamp("ms")), pa.array([1.0, float("nan"), 2.0]))

    assert [(r.line, r.field, r.value) for r in read(raw).rejected] == [(2, "p", "nan"), (3, "when", "")]


def test_a_column_of_another_type_is_rejected(read: Read) -> None:
    raw = table(pa.array(TIMES, pa.timestamp("ms")), pa.array([[1], [2], [3]]))

    assert [(r.field, "type" in r.why) for r in read(raw).rejected] == [("p", True)]


def test_texts_too_long_for_numbers_are_rejected_before_they_are_expanded(read: Read) -> None:
    raw = table(pa.array(TIMES * 10_000, pa.timestamp("ms")), pa.array(["1" * 5_000] * 30_000))

    assert [(r.field, "too long" in r.why) for r in read(raw).rejected] == [("p", True)]


def test_a_time_finer_than_a_microsecond_is_rejected(read: Read) -> None:
    raw = table(pa.array([1_710_000_000_000_000_001], pa.timestamp("ns")), pa.array([1]))

    assert [r.field for r in read(raw).rejected] == ["when"]


@pytest.mark.parametrize("keep", [60, 200])
def test_a_damaged_parquet_file_is_rejected(read: Read, keep: int) -> None:
    raw = table(pa.array(TIMES, pa.timestamp("ms")), pa.array([1, 2, 3]))

    assert "Parquet" in read(raw[:keep] + bytes(len(raw) - keep - 4) + b"PAR1").rejected[0].why


def test_every_reader_closes_the_file_and_all_of_it_is_hashed(tmp_path: Path, mapping: Map) -> None:
    times = pa.array(TIMES, pa.timestamp("ms"))
    for raw in (workbook(["when", "p"], [TIMES[0], 1]), table(times, pa.array([1, 2, 3]))):
        (tmp_path / "x").write_bytes(raw)
        assert (
            read_file(tmp_path / "x", mapping(), now=NOW).source == read_file(tmp_path / "x", mapping(), now=NOW).source
        )


def test_a_column_of_nulls_gives_no_series(read: Read) -> None:
    when = pa.array(TIMES, pa.timestamp("ms"))
    readings = read(table(when, pa.nulls(3)))

    assert "no row holds a reading" in readings.rejected[0].why


@pytest.mark.parametrize("unit", ["us", "ms"])
def test_a_time_beyond_every_calendar_is_rejected(read: Read, unit: str) -> None:
    readings = read(table(pa.array([10**18], pa.timestamp(unit)), pa.array([1])))

    assert (readings.rejected[0].field, readings.rejected_count) == ("when", 1)
