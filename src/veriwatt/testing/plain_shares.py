"""A second implementation of shares, in plain Python after docs/spec/shares.md alone; tests compare it with the first.

It has no code of `veriwatt.erasure`: logarithms of the field's elements, Gauss-Jordan elimination, and products of a
whole share by a table of the 256 products.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

POLYNOMIAL = 0x11D

EXP = [1]
"""Powers of x, which generates the field's 255 elements but 0."""
while len(EXP) < 255:
    doubled = EXP[-1] << 1
    EXP.append(doubled ^ POLYNOMIAL if doubled > 0xFF else doubled)
LOG = {element: power for power, element in enumerate(EXP)}


def times(a: int, b: int) -> int:
    return EXP[(LOG[a] + LOG[b]) % 255] if a and b else 0


def inverse(a: int) -> int:
    return EXP[-LOG[a] % 255]


def matrix(k: int, n: int) -> list[list[int]]:
    identity = [[int(row == column) for column in range(k)] for row in range(k)]
    return identity + [[inverse(row ^ column) for column in range(k)] for row in range(k, n)]


def plain_split(content: bytes, k: int, n: int) -> list[bytes]:
    """All shares of the object."""
    length = (len(content) + k - 1) // k
    padded = content + bytes(k * length - len(content))
    data = [padded[at * length : (at + 1) * length] for at in range(k)]
    return [combined(row, data, length) for row in matrix(k, n)]


def plain_restore(shares: Mapping[int, bytes], k: int, n: int, length: int) -> bytes:
    """The object of `length` bytes whose shares these k are; nothing is checked."""
    indices = list(shares)
    solved = inverted([matrix(k, n)[index] for index in indices])
    columns = [shares[index] for index in indices]
    return b"".join(combined(row, columns, len(columns[0])) for row in solved)[:length]


def combined(row: list[int], columns: list[bytes], length: int) -> bytes:
    total = 0
    for factor, column in zip(row, columns, strict=True):
        total ^= int.from_bytes(column.translate(products(factor)), "big")
    return total.to_bytes(length, "big")


@cache
def products(factor: int) -> bytes:
    """The factor times each of the 256 elements."""
    return bytes(times(factor, element) for element in range(256))


def inverted(square: list[list[int]]) -> list[list[int]]:
    """The inverse; ZeroDivisionError where there is none."""
    size = len(square)
    rows = [row + [int(at == column) for column in range(size)] for at, row in enumerate(square)]
    for at in range(size):
        pivot = next((below for below in range(at, size) if rows[below][at]), None)
        if pivot is None:
            raise ZeroDivisionError
        rows[at], rows[pivot] = rows[pivot], rows[at]
        factor = inverse(rows[at][at])
        rows[at] = [times(factor, element) for element in rows[at]]
        for other in range(size):
            if other != at and rows[other][at]:
                factor = rows[other][at]
                rows[other] = [a ^ times(factor, b) for a, b in zip(rows[other], rows[at], strict=True)]
    return [row[size:] for row in rows]
