"""Figures in another measure: a period with readings by the factor of its year; one without needs no factor."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.energy.factors import FactorNotFound
from veriwatt.errors import BadInput, NotFound
from veriwatt.home.own_tables import read_own_tables
from veriwatt.metering.point_history import ALWAYS, ValueSeries
from veriwatt.metering.totals import Total, Totals
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Direction, Kind
from veriwatt.reading.applied_factor import FACTOR_FIELDS
from veriwatt.reading.convert import CountryNotFound, FactorChoice, NotAFlow, NotAnAmount, NotConsumption
from veriwatt.reading.due import count_due
from veriwatt.reading.figure import COUNTS, EvidenceReference, Figure, own_figure
from veriwatt.reading.figures import Figures
from veriwatt.reading.query import PointTotals
from veriwatt.units import HOUR, Interval

POINT = PointDefinition("p", "electricity", "kWh", Kind.INTERVAL, -2, 1, "15m", "Asia/Shanghai")
ZONE = Zone.parse(POINT.timezone)


def _years(values: dict[int, int | None], point: PointDefinition = POINT) -> PointTotals:
    zone = Zone.parse(point.timezone)
    starts = np.array([parse_time(f"{year}-01-01", zone) for year in values], np.int64)
    ends = np.array([parse_time(f"{year + 1}-01-01", zone) for year in values], np.int64)
    known = np.array([value is not None for value in values.values()])
    none = np.zeros(len(values), np.int64)
    mantissas = np.array([value or 0 for value in values.values()], object)
    columns = Totals(starts, ends, mantissas, known, none, none, none, none, none, none.astype(np.bool_))
    return PointTotals("works", point, (ValueSeries(point, ALWAYS),), "1y", columns)


def test_a_year_with_readings_and_no_factor_is_refused() -> None:
    with pytest.raises(NotFound, match="1990"):
        list(Figures(_years({1990: 100}), None, "co2"))


def test_a_year_without_readings_needs_no_factor() -> None:
    empty, full = Figures(_years({1990: None, 2023: 10_000}), None, "co2").rows()
    assert {empty[name] for name in FACTOR_FIELDS} == {None}
    assert empty["value"] is None
    assert full["factor_year"] == 2023
    assert full["value"] is not None


def test_an_empty_year_with_a_factor_shows_it() -> None:
    (row,) = Figures(_years({2023: None}), None, "co2").rows()
    assert row["value"] is None
    assert row["factor"] is not None


def _figure(start: str, end: str, *, stated: int, due: Interval | None = None, value: int | None = 1_250) -> Figure:
    zone = Zone.parse(POINT.timezone)
    span = parse_time(start, zone), parse_time(end, zone)
    edges = np.array(span, np.int64)
    (counted,) = count_due((ValueSeries(POINT, ALWAYS),), due or Interval(*span), edges[:1], edges[1:]).tolist()
    return own_figure("works", POINT, Total(*span, value, 4, stated, 0, 0, 0, False), counted)


def test_rows_and_columns_print_the_same_figures() -> None:
    figures = Figures(_years({1990: None, 2023: 10_000}), None, "co2")
    rows, columns = list(figures.rows()), figures.columns()
    assert [row["value"] for row in rows] == columns["value"]
    assert [(row["start"], row["end"]) for row in rows] == [
        (columns["edges"][0], columns["edges"][1]),
        ("2023-01-01T00:00:00+08:00", columns["edges"][2]),
    ]
    for name in COUNTS:
        assert [row[name] for row in rows] == columns[name]
    assert {row["unit"] for row in rows} == {columns["unit"]} == {"kg"}


def test_a_figure_in_its_own_unit_names_no_factor() -> None:
    (row,) = Figures(_years({2023: 10_000}), None).rows()
    assert (row["value"], row["unit"]) == ("100.00", "kWh")
    assert not set(FACTOR_FIELDS) & row.keys()


def test_evidence_is_offered_for_a_period_of_at_most_31_days_with_a_value_or_a_slot_that_is_stated() -> None:
    slot = _figure("2026-01-01T00:15", "2026-01-01T00:30", stated=1)
    assert slot.evidence == EvidenceReference("works", "p", "2026-01-01T00:15:00+08:00", "2026-01-01T00:30:00+08:00")
    asked = "from=2026-01-01T00%3A15%3A00%2B08%3A00&to=2026-01-01T00%3A30%3A00%2B08%3A00"
    assert slot.evidence.url == f"/api/v1/evidence?point=p&org=works&{asked}"
    assert _figure("2026-01-01", "2026-02-01", stated=4).evidence is not None
    assert _figure("2026-01-01", "2026-02-02", stated=4).evidence is None
    assert _figure("2026-01-01", "2026-01-02", stated=0).evidence is not None, "a register advances within a slot"
    assert _figure("2026-01-01", "2026-01-02", stated=4, value=None).evidence is not None
    assert _figure("2026-01-01", "2026-01-02", stated=0, value=None).evidence is None


def test_missing_slots_are_never_fewer_than_none() -> None:
    """A point whose slots became longer may have stated more slots than its newest grid expects."""
    assert _figure("2026-01-01", "2026-01-01T01:00", stated=3).fields()["missing"] == 1
    assert _figure("2026-01-01", "2026-01-01T01:00", stated=9).fields()["missing"] == 0


def test_slots_before_the_first_and_after_now_are_not_missing() -> None:
    hour = "2026-01-01T10:00", "2026-01-01T11:00"
    for begun, now in (("2026-01-01T10:30", "2027-01-01"), ("2025-01-01", "2026-01-01T10:44")):
        due = Interval(parse_time(begun, ZONE), parse_time(now, ZONE))
        fields = _figure(*hour, stated=2, due=due).fields()
        assert (fields["due"], fields["missing"], fields["expected"], fields["partial"]) == (2, 0, 4, True)


def test_a_value_whose_slots_all_have_one_is_not_partial() -> None:
    assert not _figure("2026-01-01", "2026-01-01T01:00", stated=4).fields()["partial"]


def test_what_leaves_or_is_generated_is_not_consumption() -> None:
    for direction in (Direction.EXPORT, Direction.GENERATION):
        with pytest.raises(NotConsumption, match=direction.value):
            list(Figures(_years({2023: 10_000}, replace(POINT, direction=direction)), None, "co2").rows())


def test_a_point_abroad_takes_no_factor_of_another_country_until_one_is_chosen() -> None:
    abroad = _years({2023: 10_000}, replace(POINT, timezone="America/Los_Angeles"))
    with pytest.raises(FactorNotFound, match="of US"):
        list(Figures(abroad, None, "co2").rows())
    (row,) = Figures(abroad, None, "co2", FactorChoice(country="CN")).rows()
    assert (row["country"], row["basis"], row["factor_year"]) == ("CN", "national", 2023)


def test_a_point_of_a_bare_offset_is_in_no_country_unless_its_definition_names_one() -> None:
    nowhere = replace(POINT, timezone="+08:00")
    with pytest.raises(CountryNotFound, match="CN"):
        list(Figures(_years({2023: 10_000}, nowhere), None, "co2").rows())
    (row,) = Figures(_years({2023: 10_000}, replace(nowhere, country="CN")), None, "co2").rows()
    assert row["country"] == "CN"


OWN = """
[table]
measure = "co2"
country = "CN"
edition = "supplier"
[[factor]]
energy = "electricity"
unit = "kWh"
bases = ["national"]
value = "0.1"
from_year = 2022
until_year = 2023
source = "contract"
"""


def test_an_own_table_goes_before_the_product_s_and_is_named(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(OWN)
    choice = FactorChoice(tables=read_own_tables([file]))
    (row,) = Figures(_years({2023: 10_000}), None, "co2", choice).rows()
    assert (row["value"], row["factor_year"], row["factor_table"]) == ("10", 2022, "own.toml")
    (usual,) = Figures(_years({2023: 10_000}), None, "co2").rows()
    assert usual["factor_table"] is None
    file.write_text(OWN.replace('"0.1"', '"-1"'))
    with pytest.raises(BadInput, match="own.toml, factor 1"):
        read_own_tables([file])


@pytest.mark.parametrize("measure", ["kgce", "co2"])
@pytest.mark.parametrize(
    ("energy", "unit"), [("electricity", "MWh"), ("electricity", "MJ"), ("natural_gas", "m3"), ("diesel", "t")]
)
def test_the_factor_beside_a_figure_is_the_one_that_was_used(energy: str, unit: str, measure: str) -> None:
    (row,) = Figures(_years({2023: 300}, replace(POINT, energy=energy, unit=unit)), None, measure).rows()
    product = 3 * Decimal(row["factor"])
    assert abs(product - Decimal(row["value"])) < Decimal("1e-8")
    assert not row["factor_exact"] or product == Decimal(row["value"])


def test_a_country_is_offered_only_where_its_factor_would_convert_the_point() -> None:
    abroad = replace(POINT, timezone="America/Los_Angeles")
    with pytest.raises(FactorNotFound, match=r"--country CN\)") as raised:
        list(Figures(_years({2025: 10_000}, abroad), None, "co2").rows())
    assert raised.value.values["countries"] == "CN"
    for point, choice in (
        (replace(POINT, energy="carbon_dioxide", unit="t"), FactorChoice()),
        (replace(abroad, energy="carbon_dioxide", unit="m3"), FactorChoice()),
        (replace(abroad, energy="carbon_dioxide", unit="t"), FactorChoice(country="CN")),
    ):
        with pytest.raises(FactorNotFound) as nowhere:
            list(Figures(_years({2023: 10_000}, point), None, "co2", choice).rows())
        assert nowhere.value.values["countries"] == ""
        assert "--country" not in str(nowhere.value)


def test_what_is_no_amount_of_energy_is_not_converted() -> None:
    for unit in ("%", "kW", "kvarh"):
        with pytest.raises(NotAnAmount, match="not an amount of energy"):
            list(Figures(_years({2023: 10_000}, replace(POINT, kind=Kind.INSTANT, unit=unit)), None, "kgce").rows())


@pytest.mark.parametrize("measure", ["kgce", "co2"])
@pytest.mark.parametrize(
    ("energy", "unit"), [("natural_gas", "m3"), ("coal", "t"), ("electricity", "kWh"), ("heat", "GJ")]
)
def test_what_stands_in_a_tank_or_a_battery_is_not_used_and_emits_nothing(energy: str, unit: str, measure: str) -> None:
    level = replace(POINT, energy=energy, unit=unit, kind=Kind.INSTANT)
    with pytest.raises(NotAFlow, match="p is a level"):
        list(Figures(_years({2023: 10_000}, level), None, measure).rows())
    (empty,) = Figures(_years({2023: None}, level), None, measure).rows()
    assert (empty["value"], empty["factor"]) == (None, None)


def _one_hour(start: str, series: tuple[ValueSeries, ...]) -> int:
    """The year whose factor converts an hour; `start` is in UTC."""
    begin = parse_time(start, Zone.parse("UTC"))
    totals = _years({2023: 10_000})
    columns = replace(totals.columns, starts=np.array([begin]), ends=np.array([begin + HOUR]))
    (figure,) = Figures(PointTotals("works", series[-1].definition, series, "1h", columns), None, "co2")
    assert figure.factors is not None
    return figure.factors[0].year


def test_the_year_of_a_figure_is_that_of_its_series_own_days() -> None:
    """Not of the zone that a later definition names; and a gas day's last hours are of the year it began in."""
    west = replace(POINT, timezone="UTC", country="CN")
    edge = parse_time("2024-06-01", ZONE)
    moved = ValueSeries(POINT, Interval(ALWAYS.start, edge)), ValueSeries(west, Interval(edge, ALWAYS.end))
    assert (_one_hour("2023-12-31T16:00", moved), _one_hour("2023-12-31T15:00", moved)) == (2024, 2023)
    assert _one_hour("2024-12-31T16:00", moved) == 2024
    gas = (ValueSeries(replace(west, day_begins=6), ALWAYS),)
    assert (_one_hour("2024-01-01T05:00", gas), _one_hour("2024-01-01T06:00", gas)) == (2023, 2024)
