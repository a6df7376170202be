"""Converted figures of a point that is defined anew: each part by the country of its own series, in every view."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.reading.changing_point import REGISTER, Changing, days
from veriwatt.api.schemas.readings import TotalsAnswer
from veriwatt.api.totals import TotalsQuestion, totals_answer
from veriwatt.energy.factors import FactorNotFound
from veriwatt.home.own_tables import read_own_tables
from veriwatt.model.points.status import Kind
from veriwatt.reading.convert import FactorChoice
from veriwatt.testing.edits import replace
from veriwatt.units import DAY, Interval

FACTORS = """\
[table]
measure = "co2"
country = "{0}"
edition = "own"
[[factor]]
energy = "electricity"
unit = "kWh"
bases = ["national"]
value = "{1}"
from_year = 2000
source = "contract"
"""


@pytest.fixture
def moved(tmp_path: Path) -> Changing:
    """100 kWh a day in the US, then in China."""
    point = Changing(tmp_path, there := replace(REGISTER, kind=Kind.INTERVAL, slot="day", country="US"))
    for then in (None, replace(there, country="CN"), None, None):
        point.read(99, 1, DAY, then=then)
    return point


def _converted(point: Changing, span: Interval, every: str, choice: FactorChoice) -> TotalsAnswer:
    asked = TotalsQuestion(span, span, every, "co2", ("co2",), choice, None, by_column=False)
    answer = totals_answer(point.view, "acme", point.newest, asked, point.points.history)
    assert answer.total.value == answer.also["co2"].value
    return answer


@pytest.mark.parametrize("every", ["1d", "1w", "1mo", "1q"])
def test_each_part_of_a_span_is_converted_by_the_country_it_was_used_in(
    moved: Changing, tmp_path: Path, every: str
) -> None:
    for country, factor in (("US", "0.5"), ("CN", "0.25")):
        (tmp_path / country).write_text(FACTORS.format(country, factor))
    choice = FactorChoice(tables=read_own_tables([tmp_path / "US", tmp_path / "CN"]))
    answer = _converted(moved, days(0, 4), every, choice)
    assert [factor.country for factor in answer.total.factors] == ["US", "CN"]
    assert Decimal(answer.total.value or 0) == 2 * 50 + 2 * 25
    assert sum(Decimal(row.value or 0) for row in answer.rows or ()) == 150
    if every == "1d":
        assert [row.country for row in answer.rows or ()] == ["US", "US", "CN", "CN"]
    one = _converted(moved, days(1, 2), "1d", choice)
    assert (one.total.value, [factor.country for factor in one.total.factors]) == ("50", ["US"])


def test_a_span_with_a_part_in_a_country_without_a_factor_has_no_figure(moved: Changing) -> None:
    for span in (days(0, 1), days(0, 4), days(1, 3)):
        with pytest.raises(FactorNotFound, match="of US"):
            _converted(moved, span, "1d", FactorChoice())
    assert _converted(moved, days(2, 4), "1d", FactorChoice()).total.value is not None
    chosen = _converted(moved, days(0, 4), "1d", FactorChoice(country="CN"))
    assert {factor.country for factor in chosen.total.factors} == {"CN"}
