"""The column of a point in a frame's window: its stated slots, and all other slots of its grid as absent."""

from __future__ import annotations

import numpy as np

from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.columns import Column, Ints
from veriwatt.model.frames.statuses import Codes
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.units import Interval


def absent_column(definition: PointDefinition, window: Interval) -> Column:
    """A column without a stated slot in `window`."""
    slots = slots_of(definition, window)
    values, codes = np.zeros(len(slots.starts), np.int64), np.full(len(slots.starts), Status.ABSENT, np.uint8)
    return Column(definition.id, slots.starts, slots.ends, values, codes, slots.calendar)


def stated_column(definition: PointDefinition, window: Interval, starts: Ints, values: Ints, codes: Codes) -> Column:
    """A column that states the slots at `starts`; the point's other slots in `window` are absent.

    Args:
        definition: the point.
        window: the window of the frame; it contains every stated slot.
        starts: the start of each stated slot, all on the point's grid.
        values: the mantissa of each, 0 for a gap.
        codes: the status of each.
    """
    column = absent_column(definition, window)
    at = np.searchsorted(column.starts, starts)
    column.values[at], column.codes[at] = values, codes
    return column
