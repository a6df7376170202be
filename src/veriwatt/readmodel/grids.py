"""The slots of a group's points, and the key window a time lies in: calendars applied to definitions."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from functools import lru_cache

import numpy as np

from veriwatt.energy.calendar import Grid, Zone
from veriwatt.errors import Refused
from veriwatt.model.columns import Ints
from veriwatt.model.group import KeyWindow
from veriwatt.model.point import PointDefinition
from veriwatt.model.sealed_group import Slots
from veriwatt.units import DAY, Interval, UtcMillis

BLOCK = 8 * DAY


class CrossesKeyWindow(Refused):
    """A frame whose window lies in two key windows of its group."""

    code = "crosses-key-window"

    def __init__(self, window: Interval, kind: KeyWindow) -> None:
        super().__init__(f"window [{window.start}, {window.end}) crosses the border of a key window ({kind.value})")
        self.window, self.kind = window, kind


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


def key_window(kind: KeyWindow, timezone: str, t: UtcMillis) -> int:
    """The number of the key window that holds `t`: local days since 1970, months since then, or the year less 1970."""
    zone = Zone.parse(timezone)
    match kind:
        case KeyWindow.DAY:
            return zone.day(t)
        case KeyWindow.MONTH:
            return zone.month(t)
        case KeyWindow.YEAR:
            return zone.year(t) - 1970


def key_windows(kind: KeyWindow, timezone: str, times: Ints) -> Ints:
    """`key_window` of many times; they are few days apart at most, so each local day is asked once."""
    if kind is KeyWindow.DAY:
        return Zone.parse(timezone).day_array(times)
    days, at = np.unique(Zone.parse(timezone).day_array(times), return_inverse=True)
    numbers = [key_window(kind, timezone, Zone.parse(timezone).midnight(int(day))) for day in days]
    return np.array(numbers, np.int64)[at]


@lru_cache(1 << 12)
def key_window_of(kind: KeyWindow, timezone: str, window: Interval) -> int:
    """The one key window that holds all of `window`; raises CrossesKeyWindow when none does."""
    number = key_window(kind, timezone, window.start)
    if key_window(kind, timezone, window.end - 1) != number:
        raise CrossesKeyWindow(window, kind)
    return number
