"""The groups of a terminal, in the versions under which it frames them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from veriwatt.energy.calendar import Zone
from veriwatt.ids import Digest
from veriwatt.metering.key_windows import key_window, key_window_for
from veriwatt.model.points.group import KeyWindow, definitions_root
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.handover import HandedGroup, RequestedGroup
from veriwatt.terminal.config.terminal_config import TerminalConfig
from veriwatt.units import DAY, UtcMillis

NEVER: UtcMillis = 2**63 - 1


@dataclass(frozen=True, slots=True)
class FramedGroup:
    """A version of a group, which its terminal seals for slots that start in `[since, until)`."""

    name: str
    definitions: tuple[PointDefinition, ...]
    key_window: KeyWindow
    root: Digest
    since: UtcMillis = 0
    until: UtcMillis = NEVER

    @property
    def timezone(self) -> str:
        return self.definitions[0].timezone

    @property
    def points(self) -> list[str]:
        return [definition.id for definition in self.definitions]

    def number(self, t: UtcMillis) -> int:
        """The number of the key window that contains `t`."""
        return key_window(self.key_window, self.timezone, t)

    def window_start(self, number: int) -> UtcMillis:
        """The first instant of a key window."""
        zone = Zone.parse(self.timezone)
        match self.key_window:
            case KeyWindow.DAY:
                return zone.midnight(number)
            case KeyWindow.MONTH:
                return zone.month_start(number)
            case KeyWindow.YEAR:
                return zone.year_start(number + 1970)

    def days_until(self, number: int | None, now: UtcMillis) -> int:
        """Whole days from `now` to the start of key window `number`, at least 0; 0 for None."""
        return 0 if number is None else max(0, (self.window_start(number) - now) // DAY)


def requested_groups(config: TerminalConfig) -> tuple[RequestedGroup, ...]:
    """The groups of a configuration, with their points in its order."""
    names = dict.fromkeys(point.group for point in config.points)
    return tuple(RequestedGroup(name, tuple(p.definition for p in config.points if p.group == name)) for name in names)


def framed_groups(config: TerminalConfig, handed: Sequence[HandedGroup]) -> tuple[FramedGroup, ...]:
    """Every version of the groups that were handed over; other groups as they are configured."""
    handed_names = {group.group for group in handed}
    fresh = [
        _framed(g.group, key_window_for(g.definitions), g.definitions)
        for g in requested_groups(config)
        if g.group not in handed_names
    ]
    return (*(version for group in handed for version in _versions(group)), *fresh)


def _versions(group: HandedGroup) -> Iterator[FramedGroup]:
    ends = [*(version.effective_from for version in group.versions[1:]), NEVER]
    for version, until in zip(group.versions, ends, strict=True):
        yield _framed(group.group, group.key_window, version.definitions, version.effective_from, until)


def _framed(
    name: str, kind: KeyWindow, definitions: tuple[PointDefinition, ...], since: UtcMillis = 0, until: UtcMillis = NEVER
) -> FramedGroup:
    return FramedGroup(name, definitions, kind, definitions_root(definitions), since, until)
