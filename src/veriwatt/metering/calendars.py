"""Calendars of groups, made from the zone table of this machine when a version of a group is registered."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput, Malformed
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import DefinePoints, GroupVersion
from veriwatt.model.points.key_window import key_window_for
from veriwatt.model.points.point import PointDefinition
from veriwatt.units import UtcMillis

YEARS_AHEAD = 10
"""A calendar covers so many whole years after the one in which it is registered."""

_YEARS = (1961, 2099)  # whole years within the supported times
_WEEK = 7


@lru_cache(1024)
def zone_calendar(timezone: str, day_begins: int, first_year: int = _YEARS[0], last_year: int = _YEARS[1]) -> Calendar:
    """The local days of whole years, and of a week before and after them, so that no slot of a week is cut.

    Raises:
        Malformed: the zone is unknown, or one of its days has fewer than 22 or more than 26 hours.
    """
    low, high = max(first_year, _YEARS[0]), min(last_year, _YEARS[1]) + 1
    first, end = ((np.datetime64(f"{year}-01-01") - np.datetime64("1970-01-01")).astype(int) for year in (low, high))
    days = np.arange(first - _WEEK, end + _WEEK + 1, dtype=np.int64)
    return Calendar.of_starts(int(days[0]), Zone.parse(timezone).day_starts(days, day_begins))


def next_version(
    group: str,
    effective_from: UtcMillis,
    definitions: tuple[PointDefinition, ...],
    now: UtcMillis,
    newest: GroupVersion | None = None,
) -> DefinePoints:
    """The transaction that registers the next version of a group, with its calendar and key window.

    Args:
        effective_from: the first instant at which the version is in force.
        now: the time of the registration; the calendar covers ten years after it.
        newest: the version before; its calendar stays as it is up to `effective_from`.

    Raises:
        BadInput: the zone has had days in these years that no calendar may have; Malformed as `DefinePoints`.
    """
    zone, day_begins = Zone.parse(definitions[0].timezone), definitions[0].day_begins
    first = min(effective_from, now, *([] if newest is None else [newest.calendar.span.start]))
    try:
        calendar = zone_calendar(
            zone.name, day_begins, zone.year(first), zone.year(max(now, effective_from)) + YEARS_AHEAD
        )
    except Malformed as error:
        remedy = "state a fixed offset such as +08:00 as the timezone of these points"
        raise BadInput(where=f"group {group}", value=zone.name, why=str(error), remedy=remedy) from error
    if newest is None:
        key_window = key_window_for(definition.slot for definition in definitions)
        return DefinePoints(group, key_window, effective_from, calendar, definitions)
    calendar = _joined(newest.calendar, calendar, effective_from)
    return DefinePoints(group, newest.key_window, effective_from, calendar, definitions)


def _joined(before: Calendar, after: Calendar, t: UtcMillis) -> Calendar:
    """The days of `before` that begin up to `t`, then those of `after`."""
    kept = before.starts[: int(np.searchsorted(before.starts, t, "right"))]
    rest = after.starts[after.first_day + np.arange(len(after.starts)) >= before.first_day + len(kept)]
    if not len(kept):
        return after
    return Calendar.of_starts(before.first_day, np.concatenate((kept, rest)))
