"""Key windows: local days, months or years; a group is sealed under one key in each."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from veriwatt.energy.calendar import Zone
from veriwatt.errors import Refused
from veriwatt.model.frames.columns import Ints
from veriwatt.model.points.group import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.units import Interval, UtcMillis


class CrossesKeyWindow(Refused):
    """A frame's window that spans two key windows of its group."""

    code = "crosses-key-window"

    def __init__(self, window: Interval, kind: KeyWindow) -> None:
        super().__init__(f"window [{window.start}, {window.end}) crosses the border of a key window ({kind.value})")
        self.window, self.kind = window, kind


def key_window(kind: KeyWindow, timezone: str, t: UtcMillis) -> int:
    """The number of the key window that contains `t`: local days, months or years since 1970-01-01."""
    zone = Zone.parse(timezone)
    match kind:
        case KeyWindow.DAY:
            return zone.day(t)
        case KeyWindow.MONTH:
            return zone.month(t)
        case KeyWindow.YEAR:
            return zone.year(t) - 1970


def key_windows(kind: KeyWindow, timezone: str, times: Ints) -> Ints:
    """The key window of each of `times`; fast if they lie on few local days."""
    if kind is KeyWindow.DAY:
        return Zone.parse(timezone).day_array(times)
    days, at = np.unique(Zone.parse(timezone).day_array(times), return_inverse=True)
    numbers = [key_window(kind, timezone, Zone.parse(timezone).midnight(int(day))) for day in days]
    return np.array(numbers, np.int64)[at]


@lru_cache(1 << 12)
def key_window_of(kind: KeyWindow, timezone: str, window: Interval) -> int:
    """The number of the key window that contains `window`; raises CrossesKeyWindow if none does."""
    number = key_window(kind, timezone, window.start)
    if key_window(kind, timezone, window.end - 1) != number:
        raise CrossesKeyWindow(window, kind)
    return number


def key_window_for(definitions: tuple[PointDefinition, ...]) -> KeyWindow:
    """The key window of a new group: a year if a point has monthly slots, a month if daily ones, else a day."""
    slots = {definition.slot for definition in definitions}
    return KeyWindow.YEAR if "month" in slots else KeyWindow.MONTH if "day" in slots else KeyWindow.DAY
