"""The slots of a group's points, and the key window a time lies in: calendars applied to definitions."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from functools import lru_cache

from veriwatt.energy.calendar import Grid, Zone
from veriwatt.model.frames.columns import Ints
from veriwatt.model.frames.sealed_group import Slots
from veriwatt.model.points.point import PointDefinition
from veriwatt.units import DAY, Interval

BLOCK = 8 * DAY


@lru_cache(1024)
def grid_of(timezone: str, slot: str) -> Grid:
    return Grid(Zone.parse(timezone), slot)


def slots_of(definition: PointDefinition, window: Interval) -> Slots:
    """The slots of a point that lie wholly inside `window`."""
    starts, ends = _slots(definition.timezone, definition.slot, window)
    return Slots(definition.id, starts, ends, definition.minutes is None)


@lru_cache(1 << 12)  # the points of a group share their grid, and frames their windows
def _slots(timezone: str, slot: str, window: Interval) -> tuple[Ints, Ints]:
    return grid_of(timezone, slot).slots(window)


def slot_count(timezone: str, slot: str, window: Interval) -> int:
    """How many slots lie wholly inside `window`, as many as `slots_of` gives; made for frames by the thousand."""
    block = window.start // BLOCK
    if window.end > (block + 2) * BLOCK:
        return grid_of(timezone, slot).count(window)
    edges = _edges(timezone, slot, block)
    return max(0, bisect_right(edges, window.end) - bisect_left(edges, window.start) - 1)


@lru_cache(64)  # about 180 kB each for slots of a minute
def _edges(timezone: str, slot: str, block: int) -> array[int]:
    """The edges between slots from the start of block number `block` to the end of the next."""
    return array("q", grid_of(timezone, slot).edges(block * BLOCK, (block + 2) * BLOCK).tobytes())
