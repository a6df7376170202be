"""Rows that repeat an earlier row of the file in every field: they say nothing new, and are counted.

Where the rows of a slot are parts of one amount, equal rows are equal parts; where they are versions, one may say again
what another took back. All of these count.
Whole rows are compared only where several rows have one slot, so most files are read once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from veriwatt.bridges.files.point_rows import Numbers, PointRows
from veriwatt.bridges.files.point_rule import OF_SEVERAL
from veriwatt.bridges.files.row_source import RowSource


def without_repeated_rows(
    by_point: Sequence[PointRows], source_again: Callable[[], RowSource]
) -> tuple[list[PointRows], int]:
    """The rows of each point without those that repeat an earlier row in every field; and the number of such lines.

    A point whose rows are parts or versions keeps them all.

    Args:
        by_point: the rows of each point.
        source_again: opens the same file anew; called only if two rows have one slot.
    """
    crowded = [_crowded(rows) for rows in by_point]
    if not any(map(len, crowded)):
        return list(by_point), 0
    compared = [
        lines[:0] if rows.column.rule.repeats in OF_SEVERAL else lines
        for rows, lines in zip(by_point, crowded, strict=True)
    ]
    lines: Numbers = np.unique(np.concatenate(compared))
    same_as = _first_equal_lines(lines, source_again()) if len(lines) else lines
    repeated = lines[same_as != lines]
    kept = []
    for rows, of_point in zip(by_point, compared, strict=True):
        is_again = np.isin(rows.lines, repeated) & np.isin(rows.lines, of_point)
        kept.append(rows.part(~is_again) if is_again.any() else rows)
    return kept, len(repeated)


def _crowded(rows: PointRows) -> Numbers:
    """The lines of the rows whose slot has another row too."""
    if (np.diff(rows.slots) > 0).all():
        return np.zeros(0, np.int64)
    _, at, counts = np.unique(rows.slots, return_inverse=True, return_counts=True)
    lines: Numbers = rows.lines[counts[at] > 1]
    return lines


def _first_equal_lines(lines: Numbers, source: RowSource) -> Numbers:
    """For each of the lines, in order: the first of them that has the same fields."""
    same_as, first = lines.copy(), dict[int, int]()
    for line, row in source.whole_rows():
        at = int(np.searchsorted(lines, line))
        if at < len(lines) and lines[at] == line:
            # The text, because numbers that differ may have one hash.
            same_as[at] = first.setdefault(hash(repr(row)), line)
    return same_as
