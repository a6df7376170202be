"""The slots that are due: from a point's first slot up to now. Completeness counts these, and none of the future.

A point begins with its first slot that a frame names; one that no frame names begins with its definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.point_history import ALWAYS, SlotsOfSeries, ValueSeries
from veriwatt.model.frames.columns import Ints
from veriwatt.model.points.point import PointDefinition
from veriwatt.reading.series_readings import HistoryOf
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval, UtcMillis


def first_slots(
    readings: ReadingsView, org: str, points: Iterable[tuple[GroupPoints, PointDefinition]]
) -> dict[str, UtcMillis]:
    """The start of the first slot of each point of an org, by its id."""
    spans = readings.spans(org)
    return {
        definition.id: spans[definition.id][0] if definition.id in spans else group.version.effective_from
        for group, definition in points
    }


def first_slot_known(
    readings: ReadingsView, group: GroupPoints, definition: PointDefinition, histories: HistoryOf, as_of: UtcMillis
) -> UtcMillis:
    """`first_slots` of one point, by what was known at `as_of`."""
    history = histories(group.org, definition.id, as_of)
    within = Interval(ALWAYS.start if history.begins is None else history.begins, ALWAYS.end)
    span = readings.span(group.org, definition.id, within, as_of)
    return group.version.effective_from if span is None else span[0]


def due_span(first: UtcMillis, now: UtcMillis, as_of: UtcMillis | None = None) -> Interval | None:
    """The time in which a point with this first slot has slots that are due; None while it has not begun.

    As known at the time `as_of` slots are due up to it; one that is still to come makes none due.
    """
    until = now if as_of is None else min(now, as_of)
    return Interval(first, until) if first < until else None


def count_due(series: Sequence[ValueSeries], due: Interval | None, starts: Ints, ends: Ints) -> Ints:
    """The number of slots in each period `[starts[i], ends[i])` that are due, on the grid that each had in its series.

    `series` are those of the point that overlap the periods.
    """
    if due is None:
        return np.zeros(len(starts), np.int64)
    first = np.maximum(starts, due.start)
    last = np.maximum(np.minimum(ends, due.end), first)
    return SlotsOfSeries(tuple(series)).count_array(first, last)
