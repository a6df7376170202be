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
from veriwatt.units import DAY, UtcMillis

YEARS_AHEAD = 10
"""A calendar covers so many whole years after the one in which it is registered."""

_YEARS = (1961, 2099)  # whole years within the supported times
_WEEK = 7
_MARGIN = _WEEK * DAY


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
        newest: the version before; its days stay covered, and as they are up to `effective_from`, or all of them where
            a calendar may not differ: in a version that begins in the past, or before an earlier one.

    Raises:
        BadInput: the zone has had days in these years that no calendar may have; Malformed as `DefinePoints`.
    """
    zone, day_begins = Zone.parse(definitions[0].timezone), definitions[0].day_begins
    first, last = zone.year(min(effective_from, now)), zone.year(max(now, effective_from)) + YEARS_AHEAD
    if newest is not None:
        covered = newest.calendar.span
        first, last = min(first, zone.year(covered.start + _MARGIN)), max(last, zone.year(covered.end - _MARGIN - 1))
    try:
        calendar = zone_calendar(zone.name, day_begins, first, last)
    except Malformed as error:
        remedy = "state a fixed offset such as +08:00 as the timezone of these points"
        raise BadInput(where=f"group {group}", value=zone.name, why=str(error), remedy=remedy) from error
    if newest is None:
        key_window = key_window_for(definition.slot for definition in definitions)
        return DefinePoints(group, key_window, effective_from, calendar, definitions)
    may_differ = effective_from > now and effective_from >= newest.in_force_from
    calendar = _joined(newest.calendar, calendar, effective_from if may_differ else newest.calendar.span.end)
    return DefinePoints(group, newest.key_window, effective_from, calendar, definitions)


def _joined(before: Calendar, after: Calendar, t: UtcMillis) -> Calendar:
    """The days of `before` that begin up to `t`, and those of `after` earlier and later than these."""
    kept = before.starts[: int(np.searchsorted(before.starts, t, "right"))]
    numbers = after.first_day + np.arange(len(after.starts))
    earlier, later = after.starts[numbers < before.first_day], after.starts[numbers >= before.first_day + len(kept)]
    return Calendar.of_starts(before.first_day - len(earlier), np.concatenate((earlier, kept, later)))
