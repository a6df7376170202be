from __future__ import annotations

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.terminal.drivers.base import GapReason
from veriwatt.terminal.drivers.modbus_tcp.register import NumberType, WordOrder
from veriwatt.terminal.drivers.modbus_tcp.register_words import number_in
from veriwatt.testing.plants.park import register_words
from veriwatt.units import Decimal10

INTEGERS = [kind for kind in NumberType if kind is not NumberType.F32]


@pytest.mark.parametrize(
    ("words", "kind", "order", "number"),
    [
        ([0xFFFE], NumberType.U16, WordOrder.BIG, 65_534),
        ([0xFFFF], NumberType.I16, WordOrder.BIG, -1),
        ([0x0001, 0x0002], NumberType.U32, WordOrder.BIG, 65_538),
        ([0x0002, 0x0001], NumberType.U32, WordOrder.LITTLE, 65_538),
        ([0xFFFF, 0xFFFE], NumberType.I32, WordOrder.BIG, -2),
        ([4, 3, 2, 1], NumberType.U64, WordOrder.LITTLE, 0x0001_0002_0003_0004),
        ([0x8000, 0, 0, 1], NumberType.I64, WordOrder.BIG, -(2**63) + 1),
        ([0xFFFF, 0x8000], NumberType.U32, WordOrder.BIG, 0xFFFF_8000),
        ([0xFFFF, 0xFFFF], NumberType.I32, WordOrder.BIG, -1),
    ],
)
def test_words_and_number_convert_both_ways(words: list[int], kind: NumberType, order: WordOrder, number: int) -> None:
    assert number_in(words, kind, order) == Decimal10(number, 0)
    assert register_words(number, kind, order) == words


@given(st.sampled_from(INTEGERS), st.sampled_from(WordOrder), st.integers(-(2**63), 2**64 - 1))
def test_every_integer_survives_modulo_the_width_of_its_register(
    kind: NumberType, order: WordOrder, number: int
) -> None:
    words = register_words(number, kind, order)
    answer = number_in(words, kind, order)
    assert len(words) == kind.words
    if answer is GapReason.SENTINEL:
        assert set(words) in ({0xFFFF}, {0x8000}, {0x8000, 0})
        return
    assert isinstance(answer, Decimal10)
    assert (answer.mantissa - number) % (1 << 16 * kind.words) == 0


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.sampled_from(WordOrder))
def test_a_binary_fraction_is_exactly_the_decimal_it_equals(value: float, order: WordOrder) -> None:
    words = list(struct.unpack(">HH", struct.pack(">f", value)))
    answer = number_in(words if order is WordOrder.BIG else words[::-1], NumberType.F32, order)
    assert isinstance(answer, Decimal10)
    assert Fraction(answer.mantissa) * Fraction(10) ** answer.scale == Fraction(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_nan_and_infinity_are_not_numbers(value: float) -> None:
    words = list(struct.unpack(">HH", struct.pack(">f", value)))
    assert number_in(words, NumberType.F32, WordOrder.BIG) is GapReason.NOT_A_NUMBER


@pytest.mark.parametrize("order", WordOrder)
@pytest.mark.parametrize("kind", INTEGERS)
def test_the_words_of_no_value_are_never_a_number(kind: NumberType, order: WordOrder) -> None:
    words = [0x8000, 0, 0, 0][: kind.words] if kind.value.startswith("i") else [0xFFFF] * kind.words
    assert number_in(words if order is WordOrder.BIG else words[::-1], kind, order) is GapReason.SENTINEL
