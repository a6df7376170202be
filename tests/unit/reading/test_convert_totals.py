"""Totals in another measure: a period with readings by the factor of its year, one without needs none."""

from __future__ import annotations

import numpy as np
import pytest

from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.errors import NotFound
from veriwatt.metering.totals import Totals
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.reading.convert import convert_totals
from veriwatt.reading.query import PointTotals

POINT = PointDefinition("p", "electricity", "kWh", Kind.INTERVAL, -2, 1, "15m", "Asia/Shanghai")


def _years(values: dict[int, int | None]) -> PointTotals:
    zone = Zone.parse(POINT.timezone)
    starts = np.array([parse_time(f"{year}-01-01", zone) for year in values], np.int64)
    ends = np.array([parse_time(f"{year + 1}-01-01", zone) for year in values], np.int64)
    known = np.array([value is not None for value in values.values()])
    none = np.zeros(len(values), np.int64)
    mantissas = np.array([value or 0 for value in values.values()], object)
    columns = Totals(starts, ends, mantissas, known, none, none, none, none, none, none.astype(np.bool_))
    return PointTotals("works", POINT, "1y", columns)


def test_a_year_with_readings_and_no_factor_is_refused() -> None:
    with pytest.raises(NotFound, match="1990"):
        convert_totals(_years({1990: 100}), "co2")


def test_a_year_without_readings_needs_no_factor() -> None:
    empty, full = convert_totals(_years({1990: None, 2023: 10_000}), "co2").rows
    assert set(empty.values()) == {None}
    assert full["factor_year"] == 2023
    assert full["value"] is not None


def test_an_empty_year_with_a_factor_shows_it() -> None:
    (row,) = convert_totals(_years({2023: None}), "co2").rows
    assert row["value"] is None
    assert row["factor"] is not None
