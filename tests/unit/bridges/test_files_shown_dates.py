"""A date alone names a day of the point; a midnight that is shown with its time is one of the clock."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.bridges.file_world import Read
from veriwatt.metering.series import SourceReadings

MIDNIGHTS = [datetime(2025, 1, n) for n in (1, 2, 3)]  # noqa: DTZ001 - on the clock of the mapping
DATES = [each.date() for each in MIDNIGHTS]
DAYS_AT_23 = {"slot": '"day"', "timezone": '"Europe/London"', "day_begins": "23"}


def csv(stamps: list[str]) -> str:
    return "when,p\n" + "".join(f"{stamp},{n}\n" for n, stamp in enumerate(stamps, 1))


def workbook(stamps: list[Any], number_format: str) -> bytes:
    book, raw = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["when", "p"])
    for n, stamp in enumerate(stamps, 1):
        book.active.append([stamp, n])
        book.active.cell(n + 1, 1).number_format = number_format
    book.save(raw)
    return raw.getvalue()


def parquet(stamps: list[Any], kind: Any) -> bytes:
    raw = io.BytesIO()
    pq.write_table(pa.table({"when": pa.array(stamps, kind), "p": [1, 2, 3]}), raw)
    return raw.getvalue()


def starts(readings: SourceReadings) -> list[tuple[str, int]]:
    assert readings.rejected == ()
    (series,) = readings.series
    times = [datetime.fromtimestamp(start / 1000, UTC) for start in series.starts.tolist()]
    return [(f"{at:%m-%dT%H}", value) for at, value in zip(times, series.values.tolist(), strict=True)]


@pytest.mark.parametrize(
    "table",
    [
        csv([f"{at:%Y-%m-%d %H:%M}" for at in MIDNIGHTS]),
        workbook(MIDNIGHTS, "yyyy-mm-dd hh:mm"),
        workbook(MIDNIGHTS, "[$-409]m/d/yy h:mm AM/PM;@"),
        parquet(MIDNIGHTS, pa.timestamp("ms")),
        parquet(MIDNIGHTS, pa.timestamp("us")),
    ],
    ids=["csv", "xlsx", "xlsx-am", "parquet-ms", "parquet-us"],
)  # fmt: skip
def test_a_midnight_that_is_shown_with_its_time_is_one_of_the_clock(read: Read, table: str | bytes) -> None:
    readings = read(table, DAYS_AT_23 | {"resolution": '"1"'}, clock='"Europe/Berlin"')

    assert starts(readings) == [("12-31T23", 1), ("01-01T23", 2), ("01-02T23", 3)]


@pytest.mark.parametrize(
    "table",
    [
        csv([f"{at:%Y-%m-%d}" for at in MIDNIGHTS]),
        workbook(MIDNIGHTS, "yyyy-mm-dd"),
        workbook(DATES, "dd.mm.yyyy"),
        workbook(MIDNIGHTS, "[$-F800]dddd, mmmm dd, yyyy"),
        workbook(MIDNIGHTS, 'yyyy"h"mm\\hdd;@'),
        parquet(DATES, pa.date32()),
        parquet(DATES, pa.date64()),
    ],
    ids=["csv", "xlsx", "xlsx-date", "xlsx-long", "xlsx-literal", "parquet-32", "parquet-64"],
)  # fmt: skip
def test_a_date_alone_names_the_points_own_day(read: Read, table: str | bytes) -> None:
    readings = read(table, DAYS_AT_23 | {"resolution": '"1"'}, clock='"Europe/Berlin"')

    assert starts(readings) == [("01-01T23", 1), ("01-02T23", 2), ("01-03T23", 3)]


def test_midnight_beside_other_times_of_a_column_is_no_date(read: Read) -> None:
    """A register of days whose readings carry the time of another clock."""
    stamps = [at + timedelta(hours=1) for at in MIDNIGHTS]
    days = {"slot": '"day"', "timezone": '"UTC"', "resolution": '"1"', "kind": '"interval"'}
    for table in (workbook(stamps, "yyyy-mm-dd hh:mm"), parquet(stamps, pa.timestamp("ms"))):
        assert [at for at, _ in starts(read(table, days, clock='"+01:00"'))] == ["01-01T00", "01-02T00", "01-03T00"]
    for table in (workbook(MIDNIGHTS, "yyyy-mm-dd hh:mm"), parquet(MIDNIGHTS, pa.timestamp("ms"))):
        assert len(read(table, days, clock='"+01:00"').rejected) == 3


def test_the_name_of_a_column_that_is_a_date_is_as_it_was(read: Read) -> None:
    book, raw = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["when", date(2025, 1, 1)])
    book.active.append(["2025-01-01 00:00", 1])
    book.active.cell(1, 2).number_format = "yyyy-mm-dd"
    book.save(raw)

    assert read(raw.getvalue(), {"column": '"2025-01-01 00:00:00"'}).rejected == ()
