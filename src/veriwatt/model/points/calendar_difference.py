"""Where two calendars of a group differ."""

from __future__ import annotations

import numpy as np

from veriwatt.model.points.calendar import Calendar
from veriwatt.units import Interval, UtcMillis


def first_difference(one: Calendar, other: Calendar) -> UtcMillis | None:
    """The start of the first day that is not the same in both, among those that both cover; None if there is none."""
    low = max(one.first_day, other.first_day)
    mine, theirs = one.starts[low - one.first_day :], other.starts[low - other.first_day :]
    common = min(len(mine), len(theirs))
    wrong = np.flatnonzero(mine[:common] != theirs[:common])
    if not len(wrong):
        return None
    at = max(0, int(wrong[0]) - 1)
    return int(min(mine[at], theirs[at]))


def differ_within(one: Calendar, other: Calendar, span: Interval) -> bool:
    """Whether a day that touches `span`, which `other` covers, is not the same in both, where `one` has it.

    Days of one number lie within 18 hours of its date, so a day under another number meets one of these too.
    """
    low, high = other.day_of(span.start), other.day_of(span.end - 1) + 1
    low, high = max(low, one.first_day), min(high, one.first_day + len(one.starts) - 1)
    mine, theirs = (each.starts[low - each.first_day : high + 1 - each.first_day] for each in (one, other))
    return low <= high and bool((mine != theirs).any())
