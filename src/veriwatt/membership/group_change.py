"""What a terminal's request changes of a group, and from when: its points then name the terminal.

new group                     from the local day of the oldest slot that the terminal has not framed
only the terminal differs     from the next full hour; of slots that do not divide an hour, from the next midnight
other change                  from the first local midnight that leaves the terminal time to accept it
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from veriwatt.energy.calendar import Grid
from veriwatt.machine.terminals import queries
from veriwatt.metering.calendars import next_version
from veriwatt.metering.slots import grid_of
from veriwatt.model.points.group import DefinePoints, GroupVersion, definitions_root
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.handover import RequestedGroup, TerminalRequest
from veriwatt.ports.ledger import Snapshot
from veriwatt.units import HOUR, MINUTE, UtcMillis

TO_ACCEPT = HOUR
"""The least ms from registering a changed group to the midnight at which it begins; in it the terminal accepts."""

TO_REGISTER = MINUTE
"""The least ms to the hour from which only the terminal differs: the block that registers it comes before."""


@dataclass(frozen=True, slots=True)
class GroupChange:
    """The next version of a group.

    `named` are the points that named no terminal before; `taken` those that named another, each with that one: the
    version gives them to the terminal, or leaves them out.
    """

    body: DefinePoints
    named: tuple[str, ...]
    taken: tuple[tuple[str, str], ...]


def group_change(
    state: Snapshot, request: TerminalRequest, wanted: RequestedGroup, now: UtcMillis
) -> GroupChange | None:
    """What the request changes of the group; None where it is registered as wanted."""
    newest, definitions = queries.newest_version(state, request.org, wanted.group), wanted.definitions
    if newest is None:
        begins = _grid(definitions, "day").slot_at(min(request.oldest_open, now)).start
        return GroupChange(next_version(wanted.group, begins, definitions, now), (), ())
    if newest.root == definitions_root(definitions):
        return None
    before = queries.definitions(state, request.org, wanted.group, newest.n)
    listed = {definition.id for definition in definitions}
    named = tuple(each.id for each in before if each.terminal is None and each.id in listed)
    taken = tuple((d.id, d.terminal) for d in before if d.terminal is not None and d.terminal != request.terminal)
    begins = _begins(newest, before, definitions, now)
    return GroupChange(next_version(wanted.group, begins, definitions, now, newest), named, taken)


def _begins(
    newest: GroupVersion, before: Sequence[PointDefinition], after: Sequence[PointDefinition], now: UtcMillis
) -> UtcMillis:
    midnight = _grid(after, "day").slot_at(now + TO_ACCEPT).end
    if _without_terminals(before) != _without_terminals(after) or any(each.minutes is None for each in after):
        return midnight
    if any(HOUR % (each.minutes * MINUTE) for each in after if each.minutes is not None):
        return midnight
    hour = _grid(after, "1h").slot_at(now + TO_REGISTER).end
    return hour if newest.effective_from < hour else midnight


def _without_terminals(definitions: Sequence[PointDefinition]) -> dict[str, PointDefinition]:
    return {each.id: replace(each, terminal=None) for each in definitions}


def _grid(definitions: Sequence[PointDefinition], slot: str) -> Grid:
    return grid_of(definitions[0].timezone, slot, definitions[0].day_begins)
