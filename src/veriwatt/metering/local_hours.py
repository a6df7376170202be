"""Local hours, counted from local midnight, so that whole hours add up to days and months."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from veriwatt.metering.slots import grid_of
from veriwatt.model.frames.columns import Ints


def local_hours(timezones: Sequence[str], lengths: Sequence[int], times: Ints) -> Ints:
    """The start of the local hour of each of `times`; runs of `lengths[i]` times are in zone `timezones[i]`."""
    names = sorted(set(timezones))
    at = np.repeat(np.array([names.index(zone) for zone in timezones], np.int32), lengths)
    hours = np.zeros(len(times), np.int64)
    for i, name in enumerate(names):
        hours[at == i] = grid_of(name, "1h").align(times[at == i])[0]
    return hours
