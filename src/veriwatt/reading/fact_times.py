"""Proven facts for people: times in RFC 3339 in the point's zone, in place of UTC milliseconds."""

from __future__ import annotations

from collections.abc import Mapping

from veriwatt.energy.calendar import Zone
from veriwatt.errors import Malformed
from veriwatt.verify.claims.reading import TIME_FACTS

UTC = "UTC"


def with_local_times(facts: Mapping[str, object]) -> dict[str, object]:
    """The facts with each of `TIME_FACTS` as RFC 3339 in the zone that `facts["timezone"]` names.

    UTC where this machine does not know the zone: a verdict does not depend on a zone table.
    """
    zone = _zone(str(facts.get("timezone", UTC)))
    return {
        name: zone.rfc3339(value) if name in TIME_FACTS and isinstance(value, int) else value
        for name, value in facts.items()
    }


def _zone(name: str) -> Zone:
    try:
        return Zone.parse(name)
    except Malformed:
        return Zone.parse(UTC)
