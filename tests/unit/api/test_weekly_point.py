"""A point whose slots are weeks is answered as any other: no year is whole weeks, yet its total has a conversion."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.served_home import imported_home
from veriwatt.api.totals import TotalsQuestion, totals_answer
from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.node.home import Home
from veriwatt.reading.convert import USUAL
from veriwatt.units import Interval

MAPPING = """\
[file]
timestamp = "week"
format = "%Y-%m-%d"
clock = "+08:00"
stamp = "start"

[[point]]
id = "w"
column = "value"
energy = "electricity"
kind = "interval"
unit = "kWh"
slot = "week"
timezone = "+08:00"
country = "CN"
"""
ZONE = Zone.parse("+08:00")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = "week,value\n2022-12-19,100\n2022-12-26,200\n2023-01-02,400\n"
    return imported_home(tmp_path_factory.mktemp("weekly"), rows, MAPPING)


@pytest.mark.parametrize("measure", ["", "co2"])
def test_the_total_of_weeks_is_converted_by_the_year_each_begins_in(root: Path, measure: str) -> None:
    span = Interval(parse_time("2022-12-19", ZONE), parse_time("2023-01-09", ZONE))
    asked = TotalsQuestion(span, span, "1w", measure, ("kgce", "co2"), USUAL, None, by_column=True)
    with Home(root) as home:
        definition = home.points.find("w", None)[1]
        answer = totals_answer(home.view(), "works", definition, asked, home.points.history)
    assert answer.columns is not None
    assert answer.columns.expected == [1, 1, 1]
    assert answer.columns.one_slot == [True, True, True]
    co2 = answer.also["co2"]
    assert [factor.year for factor in co2.factors] == [2022, 2023]
    assert answer.total.value == (co2.value if measure else "700.000")
    assert answer.also["kgce"].value == "86.03"


def test_a_week_of_daily_slots_that_lies_in_two_years_is_converted_by_the_factor_of_each(tmp_path: Path) -> None:
    days = "".join(f"2022-12-{day},1000\n" for day in range(26, 32)) + "2023-01-01,1000\n"
    root = imported_home(tmp_path, f"week,value\n{days}", MAPPING.replace('slot = "week"', 'slot = "day"'))
    span = Interval(parse_time("2022-12-26", ZONE), parse_time("2023-01-02", ZONE))
    with Home(root) as home:
        definition = home.points.find("w", None)[1]

        def values(every: str) -> list[Decimal]:
            asked = TotalsQuestion(span, span, every, "co2", (), USUAL, None, by_column=False)
            answer = totals_answer(home.view(), "works", definition, asked, home.points.history)
            assert answer.rows is not None
            if every == "1w":
                (row,) = answer.rows
                assert [factor.year for factor in row.factors or ()] == [2022, 2023]
                assert (row.factor, row.country) == (None, "CN")
                assert row.value == answer.total.value
            return [Decimal(row.value or 0) for row in answer.rows]

        assert sum(values("1w")) == sum(values("1d"))


@pytest.mark.parametrize(
    ("start", "end", "value", "cut"),
    [("2022-12-19", "2023-01-01", "100.000", True), ("2022-12-19", "2023-01-02", "300.000", False)],
)
def test_a_month_that_cuts_a_week_says_that_its_figure_is_without_it(
    root: Path, start: str, end: str, value: str, cut: bool
) -> None:
    """The 200 of the week from the 26th are not in the figure of December."""
    span = Interval(parse_time(start, ZONE), parse_time(end, ZONE))
    asked = TotalsQuestion(span, span, "1w", "", (), USUAL, None, by_column=False)
    with Home(root) as home:
        definition = home.points.find("w", None)[1]
        answer = totals_answer(home.view(), "works", definition, asked, home.points.history)
    total, rows = answer.total, answer.rows or []
    assert (total.value, total.partial, total.cut) == (value, cut, cut)
    assert [row.value for row in rows] == ["100.000", None if cut else "200.000"]
    counted = ("2022-12-19T00:00:00+08:00", "2022-12-26T00:00:00+08:00") if cut else (None, None)
    assert (total.counted_start, total.counted_end) == counted
    assert not any(row.cut for row in rows)
    assert [row.one_slot for row in rows] == [True, not cut]
    assert not total.one_slot, "of the shorter one, one week is counted and another is cut"
