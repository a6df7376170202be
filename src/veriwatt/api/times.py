"""Times in answers are RFC 3339: of a point in its own zone, of the ledger in UTC."""

from __future__ import annotations

from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.errors import BadInput, Malformed
from veriwatt.units import Interval, UtcMillis

UTC = Zone.parse("UTC")


def utc(t: UtcMillis) -> str:
    return UTC.rfc3339(t)


def span_in(zone: Zone, start: str, end: str) -> Interval:
    """The span between two texts; a text without offset is local time of `zone`. Raises BadInput."""
    first, last = _time("from", start, zone), _time("to", end, zone)
    if first >= last:
        raise BadInput(where="to", value=end, why="the span is empty or backward", remedy="give a `to` after `from`")
    return Interval(first, last)


def _time(where: str, text: str, zone: Zone) -> UtcMillis:
    try:
        return parse_time(text, zone)
    except Malformed as error:
        raise BadInput(where=where, value=None, why=str(error)) from error
