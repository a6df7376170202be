from __future__ import annotations

import re
from fractions import Fraction
from importlib.resources import files

import pytest

from veriwatt.energy.factors import Converted, FactorNotFound, FactorTable, energy_type, energy_types, packaged_table
from veriwatt.energy.factors.table import FILES
from veriwatt.errors import BadInput, Malformed, NotFound
from veriwatt.units import Decimal10, parse_decimal

TABLE = packaged_table()
ONE = Decimal10(1, 0)

COAL = """
[table]
measure = "coal"
country = "CN"
edition = "an edition"
[[factor]]
energy = "lpg"
unit = "kg"
bases = ["calorific"]
value = "1.7143"
lhv = "50242"
source = "a page"
"""


def test_a_coefficient_that_lost_its_leading_digit_is_refused_with_file_row_and_value() -> None:
    with pytest.raises(BadInput) as raised:
        FactorTable.parse({"coal.toml": COAL.replace("1.7143", "0.7143")})
    for said in ("coal.toml, factor 1 (lpg)", "'0.7143'", "50242", "1.7143"):
        assert said in str(raised.value)


def test_a_coefficient_may_differ_by_its_last_printed_digit_only() -> None:
    assert FactorTable.parse({"coal.toml": COAL.replace("1.7143", "1.7144")}).factors
    with pytest.raises(BadInput):
        FactorTable.parse({"coal.toml": COAL.replace("1.7143", "1.7145")})


def test_a_fuel_whose_product_is_not_its_printed_value_is_refused() -> None:
    fuel = COAL.replace('"coal"', '"co2"').replace(
        'lhv = "50242"', 'ncv = "47.31"\ncarbon = "0.0172"\noxidation = "0.99"'
    )
    table = FactorTable.parse({"f.toml": fuel.replace("1.7143", "2.9538")})
    assert table.factors[0].value == Fraction(4731 * 172 * 99 * 44, 12 * 10**8)
    with pytest.raises(BadInput, match=re.escape("2.9538")):
        FactorTable.parse({"f.toml": fuel.replace("1.7143", "2.9358")})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('value = "1.7143"', "value = 1.7143"),
        ('value = "1.7143"', 'value = "lots"'),
        ('value = "1.7143"', 'value = "-1"'),
        ('value = "1.7143"', 'value = "1e999"'),
        ('value = "1.7143"', ""),
        ('lhv = "50242"', 'lvh = "50242"'),
        ('unit = "kg"', 'unit = "stone"'),
        ('energy = "lpg"', 'energy = "l p g"'),
        ('bases = ["calorific"]', "bases = []"),
        ('bases = ["calorific"]', 'bases = ["no name"]'),
        ('source = "a page"', ""),
        ('measure = "coal"', 'measure = "smoke"'),
        ('country = "CN"\n', ""),
        ('country = "CN"', 'country = "China"'),
        ('country = "CN"', "country = 86"),
        ('source = "a page"', 'source = "a page"\nfrom_year = "2020"'),
        ("[[factor]]", "[[row]]"),
        ("[table]", "[table"),
        ("[table]", "a = " + "[" * 5000),
    ],
)
def test_a_file_that_is_wrong_is_refused_and_named(old: str, new: str) -> None:
    assert old in COAL
    with pytest.raises(BadInput, match=re.escape("coal.toml")):
        FactorTable.parse({"coal.toml": COAL.replace(old, new, 1)})


def test_two_rows_that_answer_one_question_are_refused() -> None:
    with pytest.raises(BadInput, match="states too"):
        FactorTable.parse({"a.toml": COAL, "b.toml": COAL})
    until = COAL.replace('source = "a page"', 'source = "a page"\nuntil_year = 2021')
    after = COAL.replace('source = "a page"', 'source = "a page"\nfrom_year = 2021')
    assert len(FactorTable.parse({"a.toml": until, "b.toml": after}).factors) == 2


def test_the_digest_is_of_the_content_in_any_order() -> None:
    texts = {name: (files("veriwatt.energy") / "data" / name).read_text(encoding="utf-8") for name in FILES}
    turned = FactorTable.parse(dict(reversed(texts.items())))
    changed = FactorTable.parse(texts | {FILES[0]: texts[FILES[0]].replace('"0.2571"', '"0.2572"')})
    assert turned.digest == TABLE.digest != changed.digest


@pytest.mark.parametrize(
    ("energy", "unit", "year", "basis", "want"),
    [
        ("electricity", "kWh", 2023, "calorific", "0.1229"),
        ("electricity", "MWh", 2023, "calorific", "122.9"),
        ("electricity", "kWh", 2019, "equal_value", "0.3069"),
        ("natural_gas", "m3", 2023, "calorific", "1.33"),
        ("heat", "GJ", 2023, "equal_value", "34.12"),
        ("heat", "kWh", 2023, "calorific", "0.122832"),
        ("water", "t", 2020, "calorific", "0.0857"),
        ("water", "t", 2021, "calorific", "0.2571"),
        ("diesel", "t", 2021, "calorific", "1457.1"),
        ("steam", "t", 2024, "calorific", "128.6"),
    ],
)
def test_coal_equivalents_are_exact(energy: str, unit: str, year: int, basis: str, want: str) -> None:
    found = TABLE.kgce(energy, unit, year, "CN", basis)
    assert (found.convert(ONE), found.unit, found.basis) == (Converted(parse_decimal(want), exact=True), "kgce", basis)
    assert found.factor.edition in found.source


@pytest.mark.parametrize(
    ("energy", "unit", "year", "basis", "want"),
    [
        ("electricity", "kWh", 2021, "national", "0.5568"),
        ("electricity", "kWh", 2022, "national", "0.5366"),
        ("electricity", "kWh", 2023, "national", "0.5306"),
        ("electricity", "kWh", 2022, "region-southwest", "0.2268"),
        ("natural_gas", "m3", 2022, "national", "2.162188809"),
        ("natural_gas", "kWh", 2022, "ipcc", "0.20196"),
    ],
)
def test_emissions_are_exact(energy: str, unit: str, year: int, basis: str, want: str) -> None:
    found = TABLE.co2(energy, unit, year, "CN", basis)
    assert (found.convert(ONE), found.unit) == (Converted(parse_decimal(want), exact=True), "kg")


def test_a_result_without_a_finite_decimal_is_rounded_once_and_marked_inexact() -> None:
    found = TABLE.kgce("electricity", "MJ", 2023, "CN").convert(ONE)
    assert (str(found.value), found.exact) == ("0.034138889", False)


def test_factors_without_a_published_source_are_marked_unconfirmed() -> None:
    assert TABLE.kgce("electricity", "kWh", 2023, "CN").factor.confirmed
    assert not TABLE.kgce("electricity", "kWh", 2020, "CN", "equal_value").factor.confirmed
    assert not TABLE.kgce("oxygen", "m3", 2023, "CN").factor.confirmed


def test_a_missing_factor_is_not_found_and_the_error_lists_the_present_ones() -> None:
    with pytest.raises(NotFound) as raised:
        TABLE.co2("electricity", "kWh", 2030, "CN")
    for said in ("electricity", "kWh", "2030", "national per kWh, 2023"):
        assert said in str(raised.value)
    with pytest.raises(NotFound, match="none of this energy"):
        TABLE.kgce("moonlight", "kWh", 2023, "CN")
    with pytest.raises(NotFound):
        TABLE.kgce("electricity", "kvarh", 2023, "CN")
    with pytest.raises(Malformed, match="unknown unit"):
        TABLE.kgce("electricity", "kWhh", 2023, "CN")


def test_every_row_names_a_known_energy_its_source_and_its_edition() -> None:
    for factor in TABLE.factors:
        assert energy_type(factor.energy).zh
        assert factor.source and factor.edition
    assert len({e.code for e in energy_types()}) == len(energy_types()) >= 16
    with pytest.raises(NotFound, match="electricity natural_gas"):
        energy_type("moonlight")


def test_every_packaged_heating_value_gives_its_coefficient() -> None:
    texts = [(files("veriwatt.energy") / "data" / name).read_text(encoding="utf-8") for name in FILES]
    pairs = re.findall(r'value = "([\d.]+)"\nlhv = "(\d+)"', "\n".join(texts))
    assert len(pairs) > 40
    for value, lhv in pairs:
        assert abs(Fraction(value) - Fraction(int(lhv), 29_307)) <= Fraction(1, 10_000)


def test_a_measured_quantity_keeps_every_digit() -> None:
    found = TABLE.kgce("natural_gas", "m3", 2022, "CN").convert(parse_decimal("123456789.123"))
    assert str(found.value) == "164197529.53359"


def test_a_factor_converts_in_its_own_country_alone() -> None:
    with pytest.raises(FactorNotFound) as raised:
        TABLE.co2("electricity", "kWh", 2023, "US")
    assert raised.value.values["countries"] == "CN"
    assert "no co2 factor of US" in str(raised.value)


def test_an_international_factor_converts_everywhere_and_comes_after_the_country_s_own() -> None:
    gas = COAL.replace('bases = ["calorific"]', 'bases = ["calorific"]\ncountry = "international"')
    assert TABLE.co2("natural_gas", "MJ", 2023, "US", "ipcc").factor.country == "international"
    table = FactorTable.parse({"all.toml": gas, "own.toml": COAL})
    assert table.kgce("lpg", "kg", 2023, "CN").factor.country == "CN"
    assert table.kgce("lpg", "kg", 2023, "DE").factor.country == "international"


def test_tables_of_two_countries_answer_one_question_each() -> None:
    abroad = COAL.replace('country = "CN"', 'country = "DE"')
    assert len(FactorTable.parse({"a.toml": COAL, "b.toml": abroad}).factors) == 2
