"""Figures in another measure: a period with readings by the factor of its year; one without needs no factor."""

from __future__ import annotations

import numpy as np
import pytest

from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.errors import NotFound
from veriwatt.metering.totals import Total, Totals
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.reading.figure import EvidenceReference, Figure, own_figure
from veriwatt.reading.figures import Figures
from veriwatt.reading.query import PointTotals

POINT = PointDefinition("p", "electricity", "kWh", Kind.INTERVAL, -2, 1, "15m", "Asia/Shanghai")


FACTOR = ("basis", "factor", "factor_year", "factor_source", "factor_confirmed")


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
        list(Figures(_years({1990: 100}), "co2"))


def test_a_year_without_readings_needs_no_factor() -> None:
    empty, full = Figures(_years({1990: None, 2023: 10_000}), "co2").rows()
    assert {empty[name] for name in FACTOR} == {None}
    assert empty["value"] is None
    assert full["factor_year"] == 2023
    assert full["value"] is not None


def test_an_empty_year_with_a_factor_shows_it() -> None:
    (row,) = Figures(_years({2023: None}), "co2").rows()
    assert row["value"] is None
    assert row["factor"] is not None


def _figure(start: str, end: str, *, stated: int) -> Figure:
    zone = Zone.parse(POINT.timezone)
    span = parse_time(start, zone), parse_time(end, zone)
    return own_figure("works", POINT, Total(*span, 1_250, 4, stated, 0, 0, 0, False))


def test_rows_and_columns_print_the_same_figures() -> None:
    figures = Figures(_years({1990: None, 2023: 10_000}), "co2")
    rows, columns = list(figures.rows()), figures.columns()
    assert [row["value"] for row in rows] == columns["value"]
    assert [(row["start"], row["end"]) for row in rows] == [
        (columns["edges"][0], columns["edges"][1]),
        ("2023-01-01T00:00:00+08:00", columns["edges"][2]),
    ]
    for name in ("expected", "measured", "estimated", "manual", "gap", "missing", "bridged"):
        assert [row[name] for row in rows] == columns[name]
    assert {row["unit"] for row in rows} == {columns["unit"]} == {"kg"}


def test_a_figure_in_its_own_unit_names_no_factor() -> None:
    (row,) = Figures(_years({2023: 10_000})).rows()
    assert (row["value"], row["unit"]) == ("100.00", "kWh")
    assert not set(FACTOR) & row.keys()


def test_evidence_is_offered_for_exactly_one_slot() -> None:
    slot = _figure("2026-01-01T00:15", "2026-01-01T00:30", stated=1)
    assert slot.evidence == EvidenceReference("works", "p", "2026-01-01T00:15:00+08:00")
    assert slot.evidence.url == "/api/v1/evidence?point=p&org=works&slot=2026-01-01T00%3A15%3A00%2B08%3A00"
    assert _figure("2026-01-01", "2026-01-01T01:00", stated=4).evidence is None
    assert _figure("2026-01-01T00:20", "2026-01-01T00:30", stated=1).evidence is None


def test_missing_slots_are_never_fewer_than_none() -> None:
    """A point whose slots became longer may have stated more slots than its newest grid expects."""
    assert _figure("2026-01-01", "2026-01-01T01:00", stated=3).fields()["missing"] == 1
    assert _figure("2026-01-01", "2026-01-01T01:00", stated=9).fields()["missing"] == 0
