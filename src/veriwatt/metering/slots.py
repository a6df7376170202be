"""The slots of a point, from its definition and the calendar (docs/spec/slots-and-periods.md)."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from functools import lru_cache

from veriwatt.energy.calendar import Grid, Zone
from veriwatt.model.frames.columns import Ints
from veriwatt.model.frames.sealed_group import Slots
from veriwatt.model.points.point import PointDefinition
from veriwatt.units import DAY, Interval

_BLOCK = 8 * DAY


@lru_cache(1024)
def grid_of(timezone: str, slot: str) -> Grid:
    """The grid of slots of this length in this zone; raises Malformed for an unknown zone or slot."""
    return Grid(Zone.parse(timezone), slot)


def slots_of(definition: PointDefinition, window: Interval) -> Slots:
    """The slots of a point that lie completely in `window`, in order."""
    starts, ends = _slots(definition.timezone, definition.slot, window)
    return Slots(definition.id, starts, ends, definition.minutes is None)


@lru_cache(1 << 12)  # the points of a group share a grid, and the frames of a log share windows
def _slots(timezone: str, slot: str, window: Interval) -> tuple[Ints, Ints]:
    return grid_of(timezone, slot).slots(window)


def slot_count(timezone: str, slot: str, window: Interval) -> int:
    """The number of slots that lie completely in `window`; faster than `slots_of`."""
    block = window.start // _BLOCK
    if window.end > (block + 2) * _BLOCK:
        return grid_of(timezone, slot).count(window)
    edges = _edges(timezone, slot, block)
    return max(0, bisect_right(edges, window.end) - bisect_left(edges, window.start) - 1)


@lru_cache(64)  # about 180 kB each for slots of a minute
def _edges(timezone: str, slot: str, block: int) -> array[int]:
    """The edges of slots from the start of block `block` to the end of the next, in steps of `_BLOCK` ms."""
    return array("q", grid_of(timezone, slot).edges(block * _BLOCK, (block + 2) * _BLOCK).tobytes())
