"""Between the 16-bit words of a Modbus device and exact numbers, both ways."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

from veriwatt.terminal.drivers.base import Answer, GapReason
from veriwatt.terminal.drivers.modbus_tcp.register import NumberType, WordOrder
from veriwatt.units import Decimal10


def number_in(words: Sequence[int], kind: NumberType, order: WordOrder) -> Answer:
    """The exact number in `words`, which are in address order; NOT_A_NUMBER for a NaN or an infinity."""
    high_first = words if order is WordOrder.BIG else words[::-1]
    raw = b"".join(word.to_bytes(2, "big") for word in high_first)
    if kind is NumberType.F32:
        return _fraction(raw)
    return Decimal10(int.from_bytes(raw, "big", signed=kind.value.startswith("i")), 0)


def words_of(number: int, kind: NumberType, order: WordOrder) -> list[int]:
    """The words an integer register holds for `number`, as a meter wraps it: modulo its width."""
    raw = (number % (1 << 16 * kind.words)).to_bytes(2 * kind.words, "big")
    high_first = [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]
    return high_first if order is WordOrder.BIG else high_first[::-1]


def _fraction(raw: bytes) -> Answer:
    """A binary fraction as the decimal it equals: n / 2**k is n * 5**k / 10**k."""
    (value,) = struct.unpack(">f", raw)
    if not math.isfinite(value):
        return GapReason.NOT_A_NUMBER
    numerator, denominator = value.as_integer_ratio()
    k = denominator.bit_length() - 1
    return Decimal10(numerator * 5**k, -k)
