from __future__ import annotations

import pytest

from veriwatt.bridges.files.decimals import BAD, MISSING, Decimals
from veriwatt.units import Decimal10, parse_decimal


def decimals(resolution: str = "0.001", factor: str = "1", *, rounded: bool = False) -> Decimals:
    return Decimals(
        resolution=parse_decimal(resolution).normal(),
        factor=parse_decimal(factor),
        rounded=rounded,
        missing=frozenset({"", "NaN"}),
    )


@pytest.mark.parametrize(
    ("text", "resolution", "mantissa"),
    [
        ("3.17", "0.01", 317),
        ("+3.170", "0.01", 317),
        ("-0.5", "0.5", -5),
        ("1.5e2", "2", 150),
        ("12e-2", "0.01", 12),
        (" 7 ", "1", 7),
        (".5", "0.1", 5),
        ("5.", "1", 5),
        ("0e999", "1", 0),
        ("1e15", "1", 10**15),
        ("-1000000000000000.0", "1", -(10**15)),
        ("40", "10", 4),
        ("0.1", "0.001", 100),
    ],
)
def test_a_number_is_parsed_exactly(text: str, resolution: str, mantissa: int) -> None:
    assert decimals(resolution)[text] == mantissa


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "inf",
        "-Infinity",
        "1e999",
        "abc",
        "1,5",
        "1 000",
        "0x10",
        "--1",
        "e5",
        ".",
        "1_0",
        "٣",
        "1" * 5_000,
        "1000000000000001",
        "1000000000000000.1",
        "-1e16",
        "True",
        " ",
        "1\x00",
    ],
)
def test_a_text_that_is_not_a_number_or_too_large_is_rejected_with_its_reason(text: str) -> None:
    assert decimals()[text] == BAD
    assert decimals().why(text)


def test_missing_texts_are_compared_exactly() -> None:
    read = decimals()

    assert (read["NaN"], read[""]) == (MISSING, MISSING)
    assert (read["nan"], read[" NaN"]) == (BAD, BAD)


def test_the_factor_is_exact_and_its_product_is_bounded() -> None:
    assert decimals("0.000001", "0.001")["295279.248"] == 295_279_248
    assert decimals("1", "1000")["1e12"] == 10**15
    assert decimals("1", "1000")["1000000000001"] == BAD
    assert decimals("1", "0.001")["1e16"] == BAD


def test_a_finer_value_is_rejected_or_rounded_half_to_even() -> None:
    assert decimals("0.1")["2.25"] == BAD
    read = decimals("0.1", rounded=True)
    assert [read[text] for text in ("2.25", "2.35", "-2.25", "-2.35", "2.251", "194.08900000000003")] == [
        22,
        24,
        -22,
        -24,
        23,
        1941,
    ]
    assert decimals("0.5", rounded=True)["0.25"] == 0
    assert decimals("0.5", rounded=True)["0.75"] == 10


def test_a_mantissa_beyond_64_bits_is_rejected() -> None:
    assert decimals("0.000000000001")["9223372.036854775807"] == 2**63 - 1
    assert decimals("0.000000000001")["9223372.036854775808"] == BAD
    assert "coarser" in decimals("0.000000000001").why("1e9")


def test_many_texts_convert_to_one_array() -> None:
    assert decimals("1").convert(["1", "", "x", "1"]).tolist() == [1, MISSING, BAD, 1]


def test_only_multiples_of_the_step_are_accepted() -> None:
    read = decimals("0.25")

    assert read.resolution == Decimal10(25, -2)
    assert [read[f"{n * 25 // 100}.{n * 25 % 100:02d}"] for n in range(8)] == [n * 25 for n in range(8)]
    assert read["0.20"] == BAD
