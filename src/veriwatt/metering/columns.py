"""The column of a point in a frame's window: its stated slots, and all other slots of its grid as absent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from veriwatt.errors import Refused
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.columns import Column, Ints
from veriwatt.model.frames.statuses import Codes
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.units import Interval, UtcMillis


class NoSuchSlot(Refused):
    """A slot that is none of the point's, by the calendar of its group."""

    code = "no-such-slot"

    def __init__(self, point: str, start: UtcMillis) -> None:
        super().__init__(f"no slot of point {point!r} starts at {start}, by the calendar registered for its group")
        self.point, self.start = point, start


def absent_column(calendar: Calendar, definition: PointDefinition, window: Interval) -> Column:
    """A column without a stated slot in `window`."""
    slots = slots_of(calendar, definition, window)
    values, codes = np.zeros(len(slots.starts), np.int64), np.full(len(slots.starts), Status.ABSENT, np.uint8)
    return Column(definition.id, slots.starts, slots.ends, values, codes)


def stated_column(
    calendar: Calendar,
    definition: PointDefinition,
    window: Interval,
    starts: Ints,
    values: Ints,
    codes: Codes,
    reasons: Codes | None = None,
) -> Column:
    """A column that states the slots at `starts`; the point's other slots in `window` are absent.

    Args:
        calendar: of the point's group.
        definition: the point.
        window: the window of the frame; it contains every stated slot.
        starts: the start of each stated slot, in order.
        values: the mantissa of each, 0 for a gap.
        codes: the status of each.
        reasons: the `SlotReason` of each; None if no slot has any.

    Raises:
        NoSuchSlot: a start is not on the point's grid in `window`.
    """
    column = absent_column(calendar, definition, window)
    at = np.searchsorted(column.starts, starts)
    found = np.append(column.starts, -1)[at]
    if (found != starts).any():
        raise NoSuchSlot(definition.id, int(starts[found != starts][0]))
    column.values[at], column.codes[at] = values, codes
    if reasons is None or not reasons.any():
        return column
    all_reasons = np.zeros(len(column.codes), np.uint8)
    all_reasons[at] = reasons
    return replace(column, reasons=all_reasons)
