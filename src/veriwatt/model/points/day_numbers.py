"""Weeks, months and years of numbered days: those where a calendar slot begins, and the numbers of key windows.

Days are numbered from 1970-01-01, weeks, months and years from the one that contains it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from veriwatt.model.points.key_window import KeyWindow

Ints = NDArray[np.int64]

THURSDAY = 3  # days from Monday to Thursday, which 1970-01-01 was


def first_day_of_month(month: int) -> int:
    """The number of the first day of a month; both counted from 1970-01."""
    return int(np.datetime64(month, "M").astype("datetime64[D]").astype(np.int64))


def begins(slot: str, days: Ints) -> NDArray[np.bool_]:
    """For each day, whether a calendar slot begins with it."""
    if slot == "day":
        return np.ones(len(days), np.bool_)
    if slot == "week":
        return np.asarray((days + THURSDAY) % 7 == 0)
    months = months_of(days)
    per = {"month": 1, "quarter": 3, "year": 12}[slot]
    return np.asarray((months != months_of(days - 1)) & (months % per == 0))


def window_numbers(kind: KeyWindow, days: Ints) -> Ints:
    match kind:
        case KeyWindow.DAY:
            return days
        case KeyWindow.WEEK:
            return (days + THURSDAY) // 7
        case KeyWindow.MONTH:
            return months_of(days)
        case KeyWindow.YEAR:
            return months_of(days) // 12


def months_of(days: Ints) -> Ints:
    months: Ints = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months
