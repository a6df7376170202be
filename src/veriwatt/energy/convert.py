"""Exact conversion between units of one dimension.

Every ratio of two units is a fraction of whole numbers. A result without a finite decimal (1 MJ is 0.2777... kWh) is
rounded once, half to even, to a decimal that the caller names.
"""

from __future__ import annotations

from fractions import Fraction

from veriwatt.errors import Malformed
from veriwatt.units import Decimal10, round_half_even, unit


def ratio(source: str, target: str) -> Fraction:
    """The number of `target` units in one `source` unit.

    Raises:
        Malformed: an unknown unit, or two units of different dimensions.
    """
    have, want = unit(source), unit(target)
    if have.dimension != want.dimension:
        raise Malformed(f"{source} is a unit of {have.dimension}, {target} of {want.dimension}: they do not convert")
    return Fraction(fraction(have.size), fraction(want.size))


def convert(quantity: Decimal10, source: str, target: str) -> Decimal10:
    """`quantity` in `target` units, exactly; raises Malformed when it has no finite decimal there."""
    found = fraction(quantity) * ratio(source, target)
    exact = finite_decimal(found)
    if exact is None:
        raise Malformed(f"{quantity} {source} has no finite decimal in {target}; name the decimal to round to")
    return exact


def fraction(number: Decimal10) -> Fraction:
    """`number` as a fraction."""
    if number.scale >= 0:
        return Fraction(number.mantissa * 10**number.scale)
    return Fraction(number.mantissa, 10**-number.scale)


def finite_decimal(number: Fraction) -> Decimal10 | None:
    """`number` as a decimal with no trailing zero, or None when its decimals never end."""
    rest, twos, fives = number.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None
    places = max(twos, fives)
    return Decimal10(number.numerator * 10**places // number.denominator, -places).normal()


def rounded(number: Fraction, scale: int) -> Decimal10:
    """`number` rounded to a multiple of `10**scale`, ties to even."""
    stretched = number * 10**-scale if scale <= 0 else Fraction(number, 10**scale)
    return Decimal10(round_half_even(stretched.numerator, stretched.denominator), scale)
