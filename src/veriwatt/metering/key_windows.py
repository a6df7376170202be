"""A frame lies in one key window of each of its groups; a group is sealed under one key in each."""

from __future__ import annotations

from functools import lru_cache

from veriwatt.errors import Refused
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.units import Interval


class CrossesKeyWindow(Refused):
    """A frame's window that spans two key windows of its group."""

    code = "crosses-key-window"

    def __init__(self, window: Interval, kind: KeyWindow) -> None:
        super().__init__(f"window [{window.start}, {window.end}) crosses the border of a key window ({kind.value})")
        self.window, self.kind = window, kind


@lru_cache(1 << 12)
def key_window_of(kind: KeyWindow, calendar: Calendar, window: Interval) -> int:
    """The number of the key window that contains `window`.

    Raises:
        CrossesKeyWindow: no key window contains it.
        OutsideCalendar: the calendar does not cover it.
    """
    number = calendar.key_window(kind, window.start)
    if calendar.key_window(kind, window.end - 1) != number:
        raise CrossesKeyWindow(window, kind)
    return number
