"""How complete points are over a span: the counts of their slots by status."""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.energy.completeness import Completeness
from veriwatt.metering.slots import grid_of
from veriwatt.model.points.point import PointDefinition
from veriwatt.reading.query import span_total
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval


def completeness(
    readings: ReadingsView, org: str, definitions: Sequence[PointDefinition], span: Interval
) -> dict[str, Completeness]:
    """The counts of each point by its id: from hourly counts, or from its readings where `span` cuts an hour."""
    counted = readings.count_slots(org, [d.id for d in definitions], span.start, span.end)
    found = {}
    for definition in definitions:
        if counts := counted.get(definition.id):
            expected = grid_of(definition.timezone, definition.slot).count(span)
            found[definition.id] = Completeness(expected, *counts)
        else:
            total = span_total(readings, org, definition, span)
            counts = (total.measured, total.estimated, total.manual, total.gap)
            found[definition.id] = Completeness(total.expected, *counts)
    return found
