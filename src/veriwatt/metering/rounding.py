"""What a source's values were before they were rounded to the resolution of their point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veriwatt.units import Decimal10, Interval

_HALF_DIGITS = 10**9
"""Two columns of half the digits have sums within 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Rounding:
    """The slots of a series whose value was rounded, at least one, in order; `to_zero` of them to a value of 0.

    `left` is what rounding left out of each, the value that was read less the one that is stored, in `10**scale` of
    the point's unit.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    left: NDArray[np.int64]
    scale: int
    to_zero: int

    def __len__(self) -> int:
        return len(self.starts)

    def left_in(self, span: Interval) -> Decimal10 | None:
        """What rounding left out of the slots that lie completely in `span`, in all; None if none of them is one."""
        low, high = np.searchsorted(self.starts, span.start), np.searchsorted(self.ends, span.end, "right")
        if low >= high:
            return None
        halves = np.divmod(self.left[low:high], _HALF_DIGITS)
        return Decimal10(int(halves[0].sum()) * _HALF_DIGITS + int(halves[1].sum()), self.scale)


@dataclass(frozen=True, slots=True)
class RoundedPoint:
    """How many values of a point were rounded, and `to_zero` of them to 0.

    Of amounts, `read` is the total of all values as they were read, and `stored` as they are stored; None of others.
    """

    point: str
    unit: str
    count: int
    to_zero: int
    read: Decimal10 | None
    stored: Decimal10 | None
