"""From the 16-bit words of Modbus registers to exact numbers."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

from veriwatt.single_precision import exact_decimal
from veriwatt.terminal.drivers.base import Answer, GapReason
from veriwatt.terminal.drivers.modbus_tcp.register import NumberType, WordOrder
from veriwatt.units import Decimal10


def number_in(words: Sequence[int], kind: NumberType, order: WordOrder) -> Answer:
    """The exact number in `words`, which are in address order, or why it is none.

    NOT_A_NUMBER for a NaN or an infinity; SENTINEL for the words by which meters say that they have no value: all bits
    of an unsigned number set, or the sign bit of a signed one alone.
    """
    high_first = words if order is WordOrder.BIG else words[::-1]
    raw = b"".join(word.to_bytes(2, "big") for word in high_first)
    if kind is NumberType.F32:
        return _fraction(raw)
    signed = kind.value.startswith("i")
    number = int.from_bytes(raw, "big", signed=signed)
    bits = 16 * kind.words
    no_value = -(1 << bits - 1) if signed else (1 << bits) - 1
    return GapReason.SENTINEL if number == no_value else Decimal10(number, 0)


def _fraction(raw: bytes) -> Answer:
    (value,) = struct.unpack(">f", raw)
    if not math.isfinite(value):
        return GapReason.NOT_A_NUMBER
    return exact_decimal(value)
