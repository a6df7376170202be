"""New versions of groups whose calendar ends soon, or differs from this machine's zone table on days to come.

Spec: docs/spec/slots-and-periods.md, "The calendar of a group".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from veriwatt.energy.calendar import Zone
from veriwatt.machine.terminals import queries
from veriwatt.machine.terminals.point_timelines import MOST_AHEAD
from veriwatt.membership.group_change import TO_ACCEPT
from veriwatt.metering.calendars import YEARS_AHEAD, next_version, zone_calendar
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import DefinePoints, GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.ports.ledger import Ledger
from veriwatt.units import CALENDAR_SLOTS, DAY, Interval, UtcMillis

RENEW_BEFORE = 5 * 365 * DAY
"""A calendar that ends in less is extended: years before values would have to wait."""

TOLD_BEFORE = 3 * DAY
"""A calendar that differs begins so much later, if there is time: terminals learn of it from the ledger.

Until it begins no terminal can take the points of another one over, so it is soon.
"""


def due_renewals(ledger: Ledger, org: str, now: UtcMillis) -> list[DefinePoints]:
    """The next versions of the org's groups that are due at `now`; their definitions are the newest ones.

    Raises:
        BadInput: a zone has days to come that no calendar may have.
    """
    with ledger.snapshot() as state:
        newest = [(each, queries.definitions(state, org, each.group, each.n)) for each in queries.groups(state, org)]
    found = (renewal(version, definitions, now) for version, definitions in newest)
    return [body for body in found if body is not None]


def renewal(newest: GroupVersion, definitions: tuple[PointDefinition, ...], now: UtcMillis) -> DefinePoints | None:
    """The next version of a group, if its calendar ends soon or the zone table has other days to come.

    None where it could take effect only so late that the machine takes no such version yet.
    """
    zone = Zone.parse(newest.timezone)
    year = zone.year(now)
    span = Interval(max(now + TO_ACCEPT, newest.in_force_from), now + MOST_AHEAD)
    table = zone_calendar(zone.name, definitions[0].day_begins, year, year + YEARS_AHEAD)
    differs = _first_difference(newest.calendar, table, span.start)
    if differs is not None:
        begins = _edge(newest.calendar, definitions, span, min(differs, now + TOLD_BEFORE))
        if begins is not None and _first_difference(newest.calendar, table, begins) is not None:
            return next_version(newest.group, begins, definitions, now, newest)
    if newest.calendar.span.end - now < RENEW_BEFORE:
        begins = _edge(newest.calendar, (), span, span.start)
        if begins is not None:
            return next_version(newest.group, begins, definitions, now, newest)
    return None


def _first_difference(registered: Calendar, table: Calendar, since: UtcMillis) -> UtcMillis | None:
    """The start of the first day from `since` on whose end is not the same in both; None if there is none."""
    low = max(registered.first_day, table.first_day)
    one, other = registered.starts[low - registered.first_day :], table.starts[low - table.first_day :]
    common = min(len(one), len(other))
    one, other = one[:common], other[:common]
    wrong = np.flatnonzero((one != other)[1:] & (one[:-1] >= since))
    return int(one[wrong[0]]) if len(wrong) else None


def _edge(
    calendar: Calendar, definitions: Sequence[PointDefinition], span: Interval, wanted: UtcMillis
) -> UtcMillis | None:
    """The last edge of all definitions' slots in the span up to `wanted`, else the first one after; None without any.

    Slots of minutes and hours have one at each start of a day.
    """
    slots = {each.slot for each in definitions if each.slot in CALENDAR_SLOTS}
    days = [t for t in calendar.starts[:-1].tolist() if span.start <= t < span.end]
    edges = [t for t in days if all(calendar.is_edge(slot, t) for slot in slots)]
    before = [t for t in edges if t <= wanted]
    return before[-1] if before else next(iter(edges), None)
