"""Times that people ask for, as a point has them. Every door (commands, API, page) reads them here.

A bare date is the point's own day: the instant at which that day begins for it, midnight or its `day_begins`
(docs/spec/slots-and-periods.md). A time without offset is on the clock of the point's zone.
"""

from __future__ import annotations

from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.errors import BadInput, Malformed
from veriwatt.model.points.point import PointDefinition
from veriwatt.units import Interval, UtcMillis


def asked_time(definition: PointDefinition, text: str, where: str) -> UtcMillis:
    """The instant that `text` means for the point; `where` names the field or option. Raises BadInput."""
    try:
        return parse_time(text, Zone.parse(definition.timezone), definition.day_begins)
    except Malformed as error:
        raise BadInput(where=where, value=None, why=str(error)) from error


def asked_span(definition: PointDefinition, start: str, end: str) -> Interval:
    """The span between two such times, the end not included. Raises BadInput; also if it is empty or backward."""
    first, last = asked_time(definition, start, "from"), asked_time(definition, end, "to")
    if first >= last:
        raise BadInput(where="to", value=end, why="the span is empty or backward", remedy="name a later end")
    return Interval(first, last)
