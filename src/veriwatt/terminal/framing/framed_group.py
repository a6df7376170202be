"""The groups of a terminal, in the versions under which it frames them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from veriwatt.ids import Digest
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import definitions_root
from veriwatt.model.points.key_window import KeyWindow, key_window_for
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.handover import HandedGroup, RequestedGroup
from veriwatt.terminal.config.terminal_config import TerminalConfig
from veriwatt.units import DAY, UtcMillis

NEVER: UtcMillis = 2**63 - 1

_FIRST_YEAR = 2024
"""No terminal has collected earlier; zones have had days before that no calendar may have (Pacific/Apia in 2011)."""


@dataclass(frozen=True, slots=True)
class FramedGroup:
    """Version `n` of a group, which its terminal seals for slots that start in `[since, until)`.

    `points` are those whose definition names the terminal; it states no other. `since` is `until` where another version
    replaced it from its beginning on; frames of before may name it.
    """

    name: str
    n: int
    terminal: str
    definitions: tuple[PointDefinition, ...]
    key_window: KeyWindow
    calendar: Calendar
    root: Digest
    since: UtcMillis = 0
    until: UtcMillis = NEVER

    @property
    def points(self) -> list[str]:
        return [definition.id for definition in self.definitions if definition.terminal == self.terminal]

    def number(self, t: UtcMillis) -> int:
        """The number of the key window that contains `t`."""
        return self.calendar.key_window(self.key_window, t)

    def days_until(self, number: int | None, now: UtcMillis) -> int:
        """Whole days from `now` to the start of key window `number`, at least 0; 0 for None."""
        return 0 if number is None else max(0, (self.calendar.key_window_start(self.key_window, number) - now) // DAY)


def requested_groups(config: TerminalConfig) -> tuple[RequestedGroup, ...]:
    """The groups of a configuration, with their points in its order."""
    names = dict.fromkeys(point.group for point in config.points)
    return tuple(RequestedGroup(name, tuple(p.definition for p in config.points if p.group == name)) for name in names)


def framed_groups(config: TerminalConfig, handed: Sequence[HandedGroup]) -> tuple[FramedGroup, ...]:
    """Every version of the groups that were handed over; other groups as they are configured."""
    handed_names = {group.group for group in handed}
    fresh = [
        _as_configured(g.group, config.name, g.definitions)
        for g in requested_groups(config)
        if g.group not in handed_names
    ]
    return (*(version for group in handed for version in _versions(group, config.name)), *fresh)


def _as_configured(name: str, terminal: str, definitions: tuple[PointDefinition, ...]) -> FramedGroup:
    """A group that is not handed over yet, by the zone table of this machine; it waits for its keys."""
    calendar = zone_calendar(definitions[0].timezone, definitions[0].day_begins, _FIRST_YEAR)
    key_window = key_window_for(definition.slot for definition in definitions)
    return FramedGroup(name, 1, terminal, definitions, key_window, calendar, definitions_root(definitions))


def _versions(group: HandedGroup, terminal: str) -> Iterator[FramedGroup]:
    ends = [*(version.in_force_from for version in group.versions[1:]), NEVER]
    for version, until in zip(group.versions, ends, strict=True):
        definitions, since = version.definitions, version.in_force_from
        root = definitions_root(definitions)
        n, calendar = version.n, version.calendar
        yield FramedGroup(group.group, n, terminal, definitions, group.key_window, calendar, root, since, until)
