"""The days of a calendar written out, and the edges of slots in them: computed once for each calendar in use."""

from __future__ import annotations

from array import array
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from veriwatt.encoding.leb128 import leb128_numbers
from veriwatt.model.points.day_numbers import Ints, begins
from veriwatt.units import MINUTE, SECOND, UtcMillis


class Days(NamedTuple):
    """The starts of all days and the end of the last: for one look-up, and for many."""

    starts: array[int]
    array: Ints


@lru_cache(256)
def days_of(first_start: UtcMillis, runs: bytes) -> Days:
    """The days that begin at `first_start`, with the lengths that `runs` codes."""
    numbers = np.fromiter(leb128_numbers(runs, "calendar"), np.int64)
    lengths = np.repeat(numbers[::2] * SECOND, numbers[1::2])
    starts = first_start + np.concatenate(([0], np.cumsum(lengths)))
    return Days(array("q", starts.tobytes()), starts)


@lru_cache(1024)
def slots_before(first_start: UtcMillis, runs: bytes, minutes: int) -> array[int]:
    """The number of slots of so many minutes before each day."""
    per_day = -(-np.diff(days_of(first_start, runs).array) // (minutes * MINUTE))
    return array("q", np.concatenate(([0], np.cumsum(per_day))).astype(np.int64).tobytes())


@lru_cache(1024)
def calendar_edges(first_day: int, first_start: UtcMillis, runs: bytes, slot: str) -> array[int]:
    """The edges of all calendar slots of this length; `first_day` is the number of the first day."""
    starts = days_of(first_start, runs).array
    days = first_day + np.arange(len(starts), dtype=np.int64)
    return array("q", starts[begins(slot, days)].tobytes())


@lru_cache(64)  # many frames lie in each day
def edges_of_days(first_start: UtcMillis, runs: bytes, minutes: int, first: int, last: int) -> Ints:
    """The edges of steps of so many minutes from day `first` to the start of day `last`, not to be written to."""
    days, length = days_of(first_start, runs).array[first : last + 1], minutes * MINUTE
    per_day = -(-np.diff(days) // length)
    within = np.arange(int(per_day.sum()), dtype=np.int64) - np.repeat(np.cumsum(per_day) - per_day, per_day)
    edges = np.append(np.repeat(days[:-1], per_day) + within * length, days[-1])
    edges.flags.writeable = False
    return edges
