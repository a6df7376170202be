"""What a terminal's request changes of a group, and from when: its points then name the terminal.

new group                     from the local day of the oldest slot that the terminal has not framed
only the terminal differs     from the next full hour; of slots that do not divide an hour, from the next midnight
other change                  from the first local midnight that leaves the terminal time to accept it
a version is still to come    no earlier than that, so that nothing of it begins sooner

A request speaks for the points that it lists and for those of its own terminal: of these, the ones that it does not
list any more end. Points of other terminals, or of none, stay in the group as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from veriwatt.energy.calendar import Grid
from veriwatt.errors import BadInput
from veriwatt.machine.terminals import queries
from veriwatt.membership.definition_differences import Difference, differences
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
class PointChange:
    """A registered point whose definition a version changes, with the last one before."""

    before: PointDefinition
    after: PointDefinition

    @property
    def redefines(self) -> bool:
        """Whether values mean something else from then on."""
        return not self.before.same_values(self.after)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The fields that differ, without `terminal`."""
        return differences(replace(self.before, terminal=self.after.terminal), self.after)


@dataclass(frozen=True, slots=True)
class GroupChange:
    """The next version of a group: its points in the order that they have, then the new ones.

    `changed` are the registered points that get another definition, `ended` those of the terminal that the request does
    not list any more: the version leaves them out.
    """

    body: DefinePoints
    changed: tuple[PointChange, ...] = ()
    ended: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The points that named no terminal before."""
        return tuple(each.before.id for each in self.changed if each.before.terminal is None)

    @property
    def taken(self) -> tuple[tuple[str, str], ...]:
        """The points that named another terminal before, each with that one."""
        others = ((each.before.id, each.before.terminal, each.after.terminal) for each in self.changed)
        return tuple((point, was) for point, was, now in others if was is not None and was != now)


def group_change(
    state: Snapshot, request: TerminalRequest, wanted: RequestedGroup, now: UtcMillis
) -> GroupChange | None:
    """What the request changes of the group; None where it is registered as wanted.

    Raises:
        BadInput: the group's days are not those of the request, or a point belongs to another group.
    """
    newest, listed = queries.newest_version(state, request.org, wanted.group), wanted.definitions
    changed = tuple(_changed(state, request.org, wanted))
    if newest is None:
        begins = _grid(listed, "day").slot_at(min(request.oldest_open, now)).start
        return GroupChange(next_version(wanted.group, begins, listed, now), changed)
    _check_days(newest, listed[0])
    before = queries.definitions(state, request.org, wanted.group, newest.n)
    known, by_id = {each.id for each in before}, {each.id: each for each in listed}
    ended = tuple(each.id for each in before if each.terminal == request.terminal and each.id not in by_id)
    stay = (by_id.get(each.id, each) for each in before if each.id not in ended)
    definitions = (*stay, *(each for each in listed if each.id not in known))
    if newest.root == definitions_root(definitions):
        return None
    begins = _begins(newest, before, definitions, now)
    return GroupChange(next_version(wanted.group, begins, definitions, now, newest), changed, ended)


def _changed(state: Snapshot, org: str, wanted: RequestedGroup) -> Iterator[PointChange]:
    """The listed points whose last definition is another one."""
    for after in wanted.definitions:
        record = queries.point(state, org, after.id)
        if record is None:
            continue
        last = record.newest
        if last.group != wanted.group and last.until is None:
            raise BadInput(
                where=f"point {after.id}",
                value=f"group {wanted.group}",
                why=f"it belongs to group {last.group}, and stays there",
                remedy=f'write group = "{last.group}" for it in terminal.toml, or give it a new id',
            )
        before = queries.definition(state, last.definition)
        if before != after:
            yield PointChange(before, after)


def _check_days(newest: GroupVersion, definition: PointDefinition) -> None:
    """Raise BadInput unless the definition has the zone and the beginning of days that the group has for good."""
    if (newest.timezone, newest.day_begins) != (definition.timezone, definition.day_begins):
        raise BadInput(
            where=f"group {newest.group}",
            value=f"timezone {definition.timezone}, days from {definition.day_begins} o'clock",
            why=f"the group's timezone is {newest.timezone}, its days begin at {newest.day_begins} o'clock, for good",
            remedy="write these in terminal.toml, or the name of another group",
        )


def _begins(
    newest: GroupVersion, before: Sequence[PointDefinition], after: Sequence[PointDefinition], now: UtcMillis
) -> UtcMillis:
    midnight = _grid(after, "day").slot_at(max(now + TO_ACCEPT, newest.in_force_from - 1)).end
    if _without_terminals(before) != _without_terminals(after) or any(each.minutes is None for each in after):
        return midnight
    if any(HOUR % (each.minutes * MINUTE) for each in after if each.minutes is not None):
        return midnight
    hour = _grid(after, "1h").slot_at(now + TO_REGISTER).end
    return hour if newest.in_force_from < hour else midnight


def _without_terminals(definitions: Sequence[PointDefinition]) -> dict[str, PointDefinition]:
    return {each.id: replace(each, terminal=None) for each in definitions}


def _grid(definitions: Sequence[PointDefinition], slot: str) -> Grid:
    return grid_of(definitions[0].timezone, slot, definitions[0].day_begins)
