"""Key windows: the spans over which a group is sealed under one key."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from veriwatt.errors import Malformed
from veriwatt.units import SLOT_MINUTES


class KeyWindow(Enum):
    """The local span over which a group is sealed under one key; no frame crosses its border."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    def divides(self, slot: str) -> bool:
        """Whether a border of these key windows may lie inside a slot of this length."""
        return slot not in SLOT_MINUTES and slot not in _WHOLE[self]


_WHOLE = {
    KeyWindow.DAY: ("day",),
    KeyWindow.WEEK: ("day", "week"),
    KeyWindow.MONTH: ("day", "month"),
    KeyWindow.YEAR: ("day", "month", "quarter", "year"),
}
"""The calendar slots of which each key window is a whole number."""

_NEEDED = {"day": KeyWindow.MONTH, "week": KeyWindow.WEEK, "month": KeyWindow.YEAR}


def parse_key_window(text: str) -> KeyWindow:
    """The key window with this name; raises Malformed if there is none."""
    try:
        return KeyWindow(text)
    except ValueError:
        raise Malformed(f"unknown key window {text!r}; it is day, week, month or year") from None


def key_window_for(slots: Iterable[str]) -> KeyWindow:
    """The key window of a new group whose points have these slots.

    A year for slots of a month or longer, a week for weeks, a month for days, else a day.

    Raises:
        Malformed: weeks and months, which have no common border, in one group.
    """
    calendar = sorted({slot for slot in slots if slot not in SLOT_MINUTES})
    wanted = {_NEEDED.get(slot, KeyWindow.YEAR) for slot in calendar if slot != "day"}
    if len(wanted) > 1:
        raise Malformed(f"slots of {' and '.join(calendar)} have no common key window; use a group for each")
    return wanted.pop() if wanted else _NEEDED["day"] if calendar else KeyWindow.DAY
