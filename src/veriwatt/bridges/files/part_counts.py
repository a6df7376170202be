"""How many rows make a slot, where the rows of a slot are parts of one amount: a slot that lacks a row is no whole sum.

Two meters in one column give each slot two rows. The hours of a day, or the days of a month, give a longer slot more
rows: so the numbers are compared as they are, per second, and per day, and the comparison that most slots agree in
counts. The first and the last slot of a file are judged too: an export seldom begins with the first part of a slot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from veriwatt.bridges.files.point_rows import Numbers
from veriwatt.energy.calendar import Grid
from veriwatt.units import DAY, SECOND

_RATIO_UNIT = 1 << 26
"""More than the seconds of the longest slot, a year."""


class PartCounts(NamedTuple):
    """Which slots have the number of rows of more than half of the slots; and the number that each should have.

    `expected` is None where no number is that of more than half; then no slot `agrees`, unless it is the only one.
    """

    agrees: NDArray[np.bool_]
    expected: Numbers | None


def compare_part_counts(counts: Numbers, slots: Numbers, grid: Grid) -> PartCounts:
    """Compare the `counts` of the rows of `slots`, each named by its start; at least one."""
    if (counts == counts[0]).all():
        return PartCounts(np.ones(len(counts), np.bool_), counts)
    starts, ends = grid.align(slots)
    lengths = ends - starts
    # A change of the clock makes a day shorter or longer, not another number of days.
    days = np.maximum((lengths + DAY // 2) // DAY, 1)
    compared = [_compare(counts, measure) for measure in (lengths // SECOND, days, np.ones(len(counts), np.int64))]
    best = max(compared, key=lambda each: int(each.agrees.sum()))
    if 2 * int(best.agrees.sum()) <= len(counts):
        return PartCounts(np.zeros(len(counts), np.bool_), None)
    return best


def _compare(counts: Numbers, measure: Numbers) -> PartCounts:
    """Compare the numbers of rows in proportion to a measure of their slots."""
    common = np.gcd(counts, measure)
    ratios = counts // common * _RATIO_UNIT + measure // common
    found, times = np.unique(ratios, return_counts=True)
    usual = int(found[np.argmax(times)])
    rows, of = divmod(usual, _RATIO_UNIT)
    return PartCounts(ratios == usual, (2 * rows * measure + of) // (2 * of))
