"""Convert texts to mantissas at a point's resolution, exactly: with integers, without floats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from veriwatt.bridges.files.sheet_cells import why_unreadable
from veriwatt.errors import Malformed
from veriwatt.single_precision import nearest_single
from veriwatt.units import LIMIT, Decimal10, parse_decimal, round_half_even

MISSING = -(2**63)
"""Replaces the mantissa of a text that means no value."""

BAD = MISSING + 1
"""Replaces the mantissa of a rejected text; `Decimals.why` gives the reason."""

SENTINEL = MISSING + 2
"""Replaces the mantissa of a number or text by which a device says that it has no value."""

MARKED = MISSING + 3
"""Replaces the mantissa of a row whose status says that it has no value."""

LEFT_DIGITS = 12
"""How many decimals beyond those of the resolution are kept of what rounding leaves out."""

LONGEST = 100
"""The most characters of a number."""

_MOST = 2**63 - 1
_CACHED = 1 << 19

_NOT_A_NUMBER = "not a decimal number such as -1234.5: digits and one point, without separators or a unit"
_NAME_IT = "if the file's maker says that this text means no value, name it in `missing`"


class Decimals(dict[str, int]):
    """A cache from short texts to mantissas: `decimals[text]` is a mantissa, `MISSING`, `SENTINEL` or `BAD`.

    A text is a decimal number with an optional exponent; the reading is its value times `factor`. A reading
    finer than `resolution` is rejected or, if `rounded`, rounded to the nearest step, ties to even; rounding is offered
    unless it would make a nothing of an amount (`amounts`). A text means no
    value if it is in `missing`; a sentinel is compared as a number, before `factor`, or as a text if it is none. A
    number is a sentinel too if it is what single precision makes of one, or differs from one beyond that precision.
    """

    def __init__(
        self,
        *,
        resolution: Decimal10,
        factor: Decimal10,
        rounded: bool,
        missing: frozenset[str],
        sentinels: frozenset[str] = frozenset(),
        amounts: bool = False,
    ) -> None:
        super().__init__()
        self.resolution, self.factor, self.rounded, self.missing = resolution, factor, rounded, missing
        self._amounts, self._makes_zeros, self._left = amounts, False, dict[str, int]()
        numbers = {number for text in sentinels if (number := _sentinel(text)) is not None}
        self._sentinel_numbers = numbers | set(map(_kept, numbers))
        self._sentinel_scales = {number.scale for number in numbers}
        self._sentinel_texts = frozenset(text for text in sentinels if _sentinel(text) is None)

    def convert(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """The mantissa of each text, or what replaces it."""
        if len(self) > _CACHED:
            self.clear()
            self._left.clear()
        return np.fromiter(map(self.__getitem__, texts), np.int64, count=len(texts))

    def left(self, texts: Sequence[str]) -> NDArray[np.int64] | None:
        """What rounding left out of each text that was just converted: the value less the mantissa; None if nothing.

        It has `LEFT_DIGITS` more decimals than the mantissa.
        """
        if not self._left:
            return None
        return np.fromiter((self._left.get(text, 0) for text in texts), np.int64, count=len(texts))

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
        elif text in self._sentinel_texts or (self._sentinel_numbers and self._is_sentinel(text)):
            mantissa = SENTINEL
        else:
            try:
                mantissa = self._mantissa(text)
            except Malformed:
                mantissa = BAD
        if len(text) <= LONGEST:
            self[text] = mantissa
        return mantissa

    def _is_sentinel(self, text: str) -> bool:
        number = _sentinel(text)
        if number is None or number in self._sentinel_numbers:
            return number is not None
        coarser = (scale for scale in self._sentinel_scales if scale > number.scale)
        rounded = (Decimal10(_steps(number, Decimal10(1, scale))[0], scale) for scale in coarser)
        return any(each in self._sentinel_numbers and _kept(number) == _kept(each) for each in rounded)

    def _mantissa(self, text: str) -> int:
        number = _number(text)
        _check_size(number, "the number")
        value = number.times(self.factor)
        _check_size(value, "the value")
        steps, is_exact = _steps(value, self.resolution)
        if not is_exact and not self.rounded:
            self._makes_zeros |= self._amounts and not steps
            raise Malformed(self._too_fine())
        mantissa = steps * self.resolution.mantissa
        if not MARKED < mantissa <= _MOST:
            raise Malformed(f"too large for the resolution {self.resolution}; give a coarser `resolution`")
        if not is_exact:
            self._left[text] = _left(value, Decimal10(mantissa, self.resolution.scale))
        return mantissa

    def _too_fine(self) -> str:
        if not self._makes_zeros:
            return f"finer than the resolution {self.resolution}; give a finer one, or `round = true`"
        return (
            f"finer than the resolution {self.resolution}, at which amounts of this column would be 0; "
            "give a finer one, under a new point id where this one is registered"
        )


def _sentinel(text: str) -> Decimal10 | None:
    """The number that `text` denotes, in its one normal form; None if it is no number."""
    try:
        return _number(text).normal()
    except Malformed:
        return None


def _kept(sentinel: Decimal10) -> Decimal10:
    """What a device of single precision keeps for a sentinel: itself, where that precision has no such number."""
    try:
        return nearest_single(sentinel).normal()
    except Malformed:
        return sentinel


def _number(text: str) -> Decimal10:
    if unreadable := why_unreadable(text):
        raise Malformed(unreadable)
    if not text.isascii() or len(text) > LONGEST:
        raise Malformed(_NOT_A_NUMBER)
    try:
        return parse_decimal(text)
    except Malformed:
        has_digits = any(c.isdigit() for c in text)
        raise Malformed(_NOT_A_NUMBER if has_digits else f"{_NOT_A_NUMBER}; {_NAME_IT}") from None


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


def _left(value: Decimal10, stored: Decimal10) -> int:
    """`value` less `stored`, with `LEFT_DIGITS` more decimals than this has; what is finer still is rounded."""
    scale = stored.scale - LEFT_DIGITS
    if value.scale >= scale:
        return value.at_scale(scale) - stored.at_scale(scale)
    return round_half_even(value.mantissa - stored.at_scale(value.scale), 10 ** (scale - value.scale))
