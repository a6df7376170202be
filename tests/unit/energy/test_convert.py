from __future__ import annotations

import pytest

from veriwatt.energy.convert import convert, fraction, ratio, rounded
from veriwatt.errors import Malformed
from veriwatt.units import UNITS, Decimal10, parse_decimal


@pytest.mark.parametrize(
    ("quantity", "source", "target", "want"),
    [
        ("1.5", "MWh", "kWh", "1500"),
        ("2", "GJ", "MJ", "2000"),
        ("0.25", "t", "kg", "250"),
        ("1", "kWh", "MJ", "3.6"),
        ("7.2", "MJ", "kWh", "2"),
        ("-3", "kgce", "tce", "-0.003"),
        ("1e-9", "GWh", "Wh", "1"),
        ("0", "l", "m3", "0"),
    ],
)
def test_units_of_one_dimension_convert_exactly(quantity: str, source: str, target: str, want: str) -> None:
    assert str(convert(parse_decimal(quantity), source, target)) == want


def test_units_of_two_dimensions_do_not_convert() -> None:
    for source, target in (("kWh", "kW"), ("m3", "kWh"), ("kWh", "kvarh"), ("kg", "kgce")):
        with pytest.raises(Malformed, match="do not convert"):
            ratio(source, target)


def test_results_without_a_finite_decimal_are_refused_or_rounded_on_request() -> None:
    with pytest.raises(Malformed, match="no finite decimal"):
        convert(Decimal10(1, 0), "MJ", "kWh")
    assert str(rounded(ratio("MJ", "kWh"), -6)) == "0.277778"


def test_converting_there_and_back_is_exact_for_every_pair_of_units() -> None:
    for source in UNITS:
        for target in UNITS:
            if UNITS[source].dimension == UNITS[target].dimension:
                assert ratio(source, target) * ratio(target, source) == 1


def test_rounding_ties_go_to_even() -> None:
    assert [rounded(fraction(parse_decimal(text)), 0).mantissa for text in ("0.5", "1.5", "2.5", "-0.5", "-1.5")] == [
        0,
        2,
        2,
        0,
        -2,
    ]
    assert rounded(fraction(parse_decimal("1250")), 2) == Decimal10(12, 2)
