"""How complete points are over a span: the counts of their slots by status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from veriwatt.energy.completeness import Completeness
from veriwatt.metering.point_history import PointHistory
from veriwatt.model.points.point import PointDefinition
from veriwatt.reading.due import count_due
from veriwatt.reading.query import span_total
from veriwatt.reading.series_readings import no_history
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval


def completeness(
    readings: ReadingsView,
    org: str,
    definitions: Sequence[PointDefinition],
    span: Interval,
    due: Mapping[str, Interval | None],
    histories: Mapping[str, PointHistory],
) -> dict[str, Completeness]:
    """The counts of each point by its id: from hourly counts, or from its readings where `span` cuts an hour.

    `due` is the time in which each point has slots that are due; a slot that was stated before its time counts too.
    `histories` has what the ledger knows of each point.
    """
    counted = readings.count_slots(org, [d.id for d in definitions], span.start, span.end)
    edges = np.array([span.start, span.end], np.int64)
    found = {}
    for definition in definitions:
        counts = counted.get(definition.id)
        if counts is None:
            _, total = span_total(readings, org, definition, span, no_history)
            counts = (total.measured, total.estimated, total.manual, total.gap)
        series = histories[definition.id].within(span, definition)
        (expected,) = count_due(series, due[definition.id], edges[:1], edges[1:]).tolist()
        found[definition.id] = Completeness(max(expected, sum(counts)), *counts)
    return found
