"""Which slots of a series are of its own definition, by the timeline of its point on the ledger."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veriwatt.metering.point_history import ALWAYS
from veriwatt.metering.series import Series
from veriwatt.readmodel.points import Points
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class OwnSlots:
    """Two masks over the slots of a series.

    `held`: the definition holds there, or held first: before a point's first definition none holds, and that one is
    registered from the first new slot on. `comparable`: a definition holds under which a value means the same.
    """

    held: NDArray[np.bool_]
    comparable: NDArray[np.bool_]


def own_slots(series: Series, points: Points, org: str, now: UtcMillis) -> OwnSlots:
    """The slots of a series, none of which has still to end at `now`; of a point that is not registered all."""
    definition, starts = series.definition, series.starts
    record = points.record(org, definition.id)
    held = np.full(len(starts), record is None)
    comparable = held.copy()
    for i, each in enumerate(() if record is None else record.series):
        within = ((each.effective_from if i else ALWAYS.start) <= starts) & (starts < (each.until or now))
        if each.definition == definition.digest:
            held |= within
            comparable |= within
        elif points.defined(org, definition.id, each).same_values(definition):
            comparable |= within
    return OwnSlots(held, comparable)
