"""The lower bound of a converted figure: the own bound by the least factor, whatever its parts say of themselves."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.metering.point_history import ALWAYS, ValueSeries
from veriwatt.metering.step_totals import STEP_KINDS, StepTotals
from veriwatt.metering.totals import Totals
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.reading.figures import Figures
from veriwatt.reading.query import PointTotals

METER = PointDefinition("q", "electricity", "kWh", Kind.REGISTER, -3, 1, "1h", "Asia/Shanghai")
INEXACT = replace(METER, unit="MJ")
"""Its factors have no finite decimal."""

FACTORS = {2021: Fraction(348, 625), 2022: Fraction(2683, 5000), 2023: Fraction(2653, 5000)}
"""CO2 of one kWh in China, kg."""


def _totals(point: PointDefinition, edges: list[int], values: list[int], bounds: list[int | None]) -> PointTotals:
    zone, none = Zone.parse(point.timezone), np.zeros(len(values), np.int64)
    times = np.array([parse_time(f"{year}-01-01", zone) for year in edges], np.int64)
    no, found = none.astype(np.bool_), np.array(bounds, object)
    steps = StepTotals(np.zeros((len(STEP_KINDS), len(values)), np.int64), np.full(len(values), None), found, no)
    columns = Totals(times[:-1], times[1:], np.array(values, object), ~no, none, none, none, none, none, no, steps)
    return PointTotals("works", point, (ValueSeries(point, ALWAYS),), "1y", columns)


def _span(
    values: list[int], bound: int | None, parts: list[int], measure: str = "co2", point: PointDefinition = METER
) -> tuple[str | None, str | None]:
    """Value and lower bound of one period over the years from 2021, whose parts have these values and bounds."""
    years = list(range(2021, 2022 + len(values)))
    whole = _totals(point, [years[0], years[-1]], [sum(values)], [bound])
    cut = _totals(point, years, values, list(parts)) if len(values) > 1 else None
    figures = Figures(whole, None, measure, parts=cut)
    (row,), columns = figures.rows(), figures.columns()
    assert ([row["value"]], [row["at_least"]]) == (columns["value"], columns["at_least"])
    return row["value"], row["at_least"]


def test_a_fall_in_january_takes_from_what_december_used() -> None:
    """1,000 kWh, then a fall of 900 and a rise of 220: at least 320 kWh, and no more than these emit."""
    value, at_least = _span([1_000_000, 220_000], 320_000, [1_000_000, 0])
    assert value is not None and Fraction(value) == 1000 * FACTORS[2021] + 220 * FACTORS[2022]
    assert at_least is not None and Fraction(at_least) == 320 * FACTORS[2022]


def test_what_has_no_bound_of_its_own_has_none_converted() -> None:
    assert _span([1_000_000, 220_000], None, [1_000_000, 0])[1] is None
    assert _span([1_000_000, 220_000], 0, [1_000_000, 0])[1] == "0"


def test_a_bound_in_one_year_is_converted_by_its_factor() -> None:
    assert _span([1_000_000], 1_000_000, []) == ("556.8", "556.8")


_MANTISSAS = st.integers(0, 2**63 - 1)


@given(st.lists(_MANTISSAS, min_size=1, max_size=3), st.data())
def test_a_converted_bound_is_never_more_than_the_bound_or_the_value(values: list[int], data: st.DataObject) -> None:
    bound = data.draw(st.integers(0, sum(values)))
    value, at_least = _span(values, bound, values)
    assert value is not None and at_least is not None
    assert Fraction(at_least) == Fraction(bound, 1000) * min(FACTORS[2021 + n] for n in range(len(values)))
    value, at_least = _span(values, bound, values, "kgce", INEXACT)
    assert value is not None and at_least is not None
    assert Fraction(at_least) <= min(Fraction(value), Fraction(bound, 1000) * Fraction(1229, 36000))
