"""Build the series of a point from its rows: each slot once, in order, with a gap for each slot without a value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from veriwatt.bridges.files.point_rows import PointRows
from veriwatt.metering.rejections import MOST_LISTED, Rejections
from veriwatt.metering.series import Series
from veriwatt.model.frames.columns import Ints
from veriwatt.model.points.status import Status
from veriwatt.units import Interval

MOST_SLOTS = 30_000_000
"""The most slots between first and last reading, over all points of one file; more means a wrong date."""


class SeriesBuilder:
    """Builds the series of one file, with at most `MOST_SLOTS` slots in all."""

    def __init__(self, rejections: Rejections) -> None:
        self._rejections, self._left = rejections, MOST_SLOTS

    def build(self, rows: PointRows) -> Series | None:
        """The series of a point, with read-only arrays.

        None, with a rejection, if its readings are so far apart that a date must be wrong.
        """
        slots, values, lines = self._one_value_a_slot(rows)
        column, grid = rows.column, rows.column.rule.grid
        span = Interval(int(slots[0]), grid.slot_at(int(slots[-1])).end)
        count = grid.count(span)
        if count > self._left:
            last = grid.zone.rfc3339(span.end)
            why = f"{count:,} slots from the first reading to this one: correct the date, or divide the file"
            self._rejections.add(int(lines[-1]), column.name, last, why)
            return None
        self._left -= count
        starts, ends = grid.slots(span)
        at = np.searchsorted(starts, slots)
        all_values = np.zeros(count, dtype=np.int64)
        all_values[at] = values
        statuses = np.full(count, Status.GAP, dtype=np.uint8)
        statuses[at] = Status.MEASURED
        all_lines = np.zeros(count, dtype=np.int32)
        all_lines[at] = lines
        for array in (starts, ends, all_values, statuses, all_lines):
            array.flags.writeable = False
        return Series(
            column.name, column.definition, column.group, column.settings, starts, ends, all_values, statuses, all_lines
        )

    def _one_value_a_slot(self, rows: PointRows) -> tuple[Ints, Ints, Ints]:
        """The slots in order, and for each the first value in the file and its line."""
        slots, values, lines = rows.slots, rows.mantissas, rows.lines
        if (np.diff(slots) > 0).all():
            return slots, values, lines
        order = np.argsort(slots, kind="stable")
        slots, values, lines = slots[order], values[order], lines[order]
        is_first = np.append(True, np.diff(slots) > 0)
        first = np.flatnonzero(is_first)[np.cumsum(is_first) - 1]
        self._reject_second_values(rows, lines, values, first)
        return slots[is_first], values[is_first], lines[is_first]

    def _reject_second_values(self, rows: PointRows, lines: Ints, values: Ints, first: NDArray[np.intp]) -> None:
        """Reject the values that differ from the first value of their slot, which is at index `first[i]` for row i."""
        differs = np.flatnonzero(values != values[first])
        earliest = differs[np.argsort(lines[differs], kind="stable")][:MOST_LISTED].tolist()
        name, value = rows.column.name, rows.column.definition.value

        def rejection(i: int) -> tuple[int, str, object, str]:
            recorded = f"line {lines[first[i]]} has {value(int(values[first[i]]))}"
            return int(lines[i]), name, value(int(values[i])), f"a second different value for the slot; {recorded}"

        self._rejections.add_many(len(differs), map(rejection, earliest))
