"""Numbers of single precision (IEEE 754 binary32), in which meters and loggers keep them, as exact decimals."""

from __future__ import annotations

import math
import struct
from contextlib import suppress

from veriwatt.errors import Malformed
from veriwatt.units import Decimal10


def exact_decimal(value: float) -> Decimal10:
    """The decimal that a finite binary fraction equals: n / 2**k is n * 5**k / 10**k."""
    numerator, denominator = value.as_integer_ratio()
    k = denominator.bit_length() - 1
    return Decimal10(numerator * 5**k, -k)


def nearest_single(number: Decimal10) -> Decimal10:
    """The number of single precision nearest to `number`.

    Raises:
        Malformed: `number` is too large, or so small that the nearest one is 0.
    """
    with suppress(OverflowError):
        (value,) = struct.unpack(">f", struct.pack(">f", float(str(number))))
        if math.isfinite(value) and (value == 0) == (number.mantissa == 0):
            return exact_decimal(value)
    raise Malformed(f"{number} is too large or too small for a number of type f32")
