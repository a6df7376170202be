"""A point's rows as one unbroken series: in order, each slot once, a gap wherever the file has no value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from veriwatt.bridges.files.collect import Collected
from veriwatt.metering.rejections import MOST_LISTED, Rejections
from veriwatt.metering.series import Series
from veriwatt.model.points.status import Status
from veriwatt.units import Interval

MOST_SLOTS = 30_000_000
"""Slots between the first and the last reading of all points of one file; more means a wrong date."""


class SeriesMaker:
    """Makes the series of one file, and sees that they stay within `MOST_SLOTS` together."""

    def __init__(self, rejections: Rejections) -> None:
        self._rejections, self._left = rejections, MOST_SLOTS

    def make(self, rows: Collected) -> Series | None:
        """The point's series; None where its readings lie so far apart that a date must be wrong."""
        slots, values, lines = self._once_each(rows)
        definition, grid = rows.pick.definition, rows.pick.rule.grid
        span = Interval(int(slots[0]), grid.slot_at(int(slots[-1])).end)
        count = grid.count(span)
        if count > self._left:
            last = grid.zone.rfc3339(span.end)
            why = f"{count:,} slots from the first reading to this: a wrong date, or a file to be divided"
            self._rejections.add(int(lines[-1]), rows.pick.column, last, why)
            return None
        self._left -= count
        starts, ends = grid.slots(span)
        at = np.searchsorted(starts, slots)
        filled = np.zeros(count, dtype=np.int64)
        filled[at] = values
        statuses = np.full(count, Status.GAP, dtype=np.uint8)
        statuses[at] = Status.MEASURED
        said_at = np.zeros(count, dtype=np.int32)
        said_at[at] = lines
        for array in (starts, ends, filled, statuses, said_at):
            array.flags.writeable = False
        pick = rows.pick
        return Series(pick.column, definition, pick.group, pick.settings, starts, ends, filled, statuses, said_at)

    def _once_each(self, rows: Collected) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Slots in order with the first value that the file has for each, and its line."""
        slots, values, lines = rows.slots, rows.mantissas, rows.lines
        if (np.diff(slots) > 0).all():
            return slots, values, lines
        order = np.argsort(slots, kind="stable")
        slots, values, lines = slots[order], values[order], lines[order]
        is_first = np.append(True, np.diff(slots) > 0)
        first = np.flatnonzero(is_first)[np.cumsum(is_first) - 1]
        self._refuse_second_values(rows, lines, values, first)
        return slots[is_first], values[is_first], lines[is_first]

    def _refuse_second_values(
        self, rows: Collected, lines: NDArray[np.int64], values: NDArray[np.int64], first: NDArray[np.intp]
    ) -> None:
        other = np.flatnonzero(values != values[first])
        earliest = other[np.argsort(lines[other], kind="stable")][:MOST_LISTED].tolist()
        column, value = rows.pick.column, rows.pick.definition.value
        self._rejections.add_many(
            len(other),
            (
                (
                    int(lines[i]),
                    column,
                    value(int(values[i])),
                    f"a second different value for the slot; line {lines[first[i]]} has {value(int(values[first[i]]))}",
                )
                for i in earliest
            ),
        )
