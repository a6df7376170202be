"""Times in answers are RFC 3339: of a point in its own zone, of the ledger in UTC."""

from __future__ import annotations

from veriwatt.energy.calendar import Zone
from veriwatt.units import UtcMillis

UTC = Zone.parse("UTC")


def utc(t: UtcMillis) -> str:
    return UTC.rfc3339(t)
