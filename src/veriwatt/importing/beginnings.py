"""From when on a group's points are to be defined, where a source has slots of before they are.

A point keeps each beginning that it once had, so that a registration unsays no evidence (docs/spec/evidence.md, "One
series"), and has room for 256 series in all. Daily files, imported from the newest to the oldest, would use it up
within a year, and no change of the point's definition or calendar could follow. So only its first earlier beginnings
are where its readings begin, and the others are beginnings of years: a file of the same year then needs none.
"""

from __future__ import annotations

from collections.abc import Iterable

from veriwatt.metering.slots import grid_of
from veriwatt.model.points.point_record import PointRecord
from veriwatt.units import UtcMillis

MOST_EXACT = 32
"""With one for each of the years 1960 to 2100 they leave room for 80 changes of a point."""


def beginning(first: UtcMillis, timezone: str, day_begins: int, records: Iterable[PointRecord | None]) -> UtcMillis:
    """From when on the points of a group are to be defined, where a new slot starts at `first`.

    Args:
        timezone: that of the group's points, with the hour `day_begins` at which their days begin.
        records: of the points; None for one that is not registered.
    """
    once = max((len(each.series) for each in records if each is not None and each.one_definition), default=0)
    return first if once <= MOST_EXACT else grid_of(timezone, "year", day_begins).slot_at(first).start
