"""Convert texts to mantissas at a point's resolution, exactly: with integers, without floats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from veriwatt.errors import Malformed
from veriwatt.units import LIMIT, Decimal10, parse_decimal, round_half_even

MISSING = -(2**63)
"""Replaces the mantissa of a text that means no value."""

BAD = MISSING + 1
"""Replaces the mantissa of a rejected text; `Decimals.why` gives the reason."""

LONGEST = 100
"""The most characters of a number."""

_MOST = 2**63 - 1
_CACHED = 1 << 19


class Decimals(dict[str, int]):
    """A cache from texts to mantissas: `decimals[text]` is a mantissa, `MISSING` or `BAD`.

    A text is a decimal number with an optional exponent; the reading is its value times `factor`. A reading
    finer than `resolution` is rejected or, if `rounded`, rounded to the nearest step, ties to even.
    """

    def __init__(self, *, resolution: Decimal10, factor: Decimal10, rounded: bool, missing: frozenset[str]) -> None:
        super().__init__()
        self.resolution, self.factor, self.rounded, self.missing = resolution, factor, rounded, missing

    def convert(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """The mantissa, `MISSING` or `BAD` of each text."""
        if len(self) > _CACHED:
            self.clear()
        return np.fromiter(map(self.__getitem__, texts), np.int64, count=len(texts))

    def why(self, text: str) -> str:
        """The reason for rejecting `text`."""
        try:
            self._mantissa(text)
        except Malformed as error:
            return str(error)
        raise RuntimeError(f"{text!r} is not rejected")

    def __missing__(self, text: str) -> int:
        if text in self.missing:
            mantissa = MISSING
        else:
            try:
                mantissa = self._mantissa(text)
            except Malformed:
                mantissa = BAD
        self[text] = mantissa
        return mantissa

    def _mantissa(self, text: str) -> int:
        number = _number(text)
        _check_size(number, "the number")
        value = number.times(self.factor)
        _check_size(value, "the value")
        steps, is_exact = _steps(value, self.resolution)
        if not is_exact and not self.rounded:
            raise Malformed(f"finer than the resolution {self.resolution}; give a finer one, or `round = true`")
        mantissa = steps * self.resolution.mantissa
        if abs(mantissa) > _MOST:
            raise Malformed(f"too large for the resolution {self.resolution}; give a coarser `resolution`")
        return mantissa


def _number(text: str) -> Decimal10:
    if not text.isascii() or len(text) > LONGEST:
        raise Malformed("not a decimal number")
    try:
        return parse_decimal(text)
    except Malformed:
        raise Malformed("not a decimal number; a text that means no value belongs in `missing`") from None


def _check_size(number: Decimal10, what: str) -> None:
    if number.scale >= 0:
        beyond = number.mantissa and (number.scale > 15 or abs(number.mantissa) * 10**number.scale > LIMIT)
    else:
        beyond = abs(number.mantissa) > LIMIT * 10**-number.scale
    if beyond:
        raise Malformed(f"{what} is beyond plus or minus 10^15")


def _steps(value: Decimal10, resolution: Decimal10) -> tuple[int, bool]:
    """The number of steps of `resolution` nearest to `value`, ties to even; and whether it is exact."""
    if value.scale >= resolution.scale:
        mantissa, divisor = value.mantissa * 10 ** (value.scale - resolution.scale), resolution.mantissa
    else:
        mantissa, divisor = value.mantissa, resolution.mantissa * 10 ** (resolution.scale - value.scale)
    if divisor == 1:
        return mantissa, True
    steps = round_half_even(mantissa, divisor)
    return steps, steps * divisor == mantissa
