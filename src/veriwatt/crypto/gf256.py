"""Arithmetic in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1, in constant time: operands may be secret."""

from __future__ import annotations


def times(a: int, b: int) -> int:
    """The product of two bytes; no table and no branch depends on `a` or `b`."""
    product = 0
    for _ in range(8):
        product ^= a & -(b & 1)
        a = a << 1 ^ 0x11B & -(a >> 7)
        b >>= 1
    return product


def inverse(a: int) -> int:
    """a^254, the inverse of a nonzero `a`."""
    power = a
    for _ in range(6):
        power = times(times(power, power), a)
    return times(power, power)


def interpolate(by_index: dict[int, bytes], at: int) -> bytes:
    """Evaluate at `at` the polynomials through these points, one polynomial for each byte (Lagrange).

    Args:
        by_index: for each x, the y values of all polynomials, all of one length; not empty.
        at: the x to evaluate at, 0 .. 255.
    """
    value = bytes(len(next(iter(by_index.values()))))
    for x, points in by_index.items():
        weight = 1
        for other in by_index:
            if other != x:
                weight = times(weight, times(other ^ at, inverse(other ^ x)))
        value = bytes(v ^ times(point, weight) for v, point in zip(value, points, strict=True))
    return value
