"""The column of a point in a frame's window: the stated slots among all slots of its grid there."""

from __future__ import annotations

import numpy as np

from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.columns import Column, Ints
from veriwatt.model.frames.statuses import Codes
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.units import Interval


def absent_column(definition: PointDefinition, window: Interval) -> Column:
    """The column of a point that states none of its slots in `window`."""
    slots = slots_of(definition, window)
    values, codes = np.zeros(len(slots.starts), np.int64), np.full(len(slots.starts), Status.ABSENT, np.uint8)
    return Column(definition.id, slots.starts, slots.ends, values, codes, slots.calendar)


def stated_column(definition: PointDefinition, window: Interval, starts: Ints, values: Ints, codes: Codes) -> Column:
    """The column of a point that states the slots at `starts`, and leaves its other slots in `window` absent.

    Args:
        definition: the point.
        window: of the frame, in which every stated slot lies whole.
        starts: of the stated slots, all of the point's grid.
        values: the mantissa of each, 0 for a gap.
        codes: the status of each.
    """
    column = absent_column(definition, window)
    at = np.searchsorted(column.starts, starts)
    column.values[at], column.codes[at] = values, codes
    return column
