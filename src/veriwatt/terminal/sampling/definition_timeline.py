"""The definitions of a configured point over time, from the handover of its org.

Rules: docs/spec/terminal-handover.md, "Which definitions a terminal works under".
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.handover import HandedGroup, HandedVersion
from veriwatt.terminal.config.terminal_config import PointConfig, Source, TerminalConfig
from veriwatt.units import Interval, UtcMillis


@dataclass(frozen=True, slots=True)
class DefinitionTimeline:
    """`definitions[i]` is in force from `starts[i]` to the next start; None while the group does not have the point.

    Consecutive definitions differ: a group version that does not change the point adds no start.
    """

    starts: tuple[UtcMillis, ...]
    definitions: tuple[PointDefinition | None, ...]

    def at(self, t: UtcMillis) -> PointDefinition | None:
        """The definition in force at `t`; None when none is."""
        at = bisect_right(self.starts, t)
        return self.definitions[at - 1] if at else None

    def change_after(self, t: UtcMillis) -> UtcMillis | None:
        """The first start after `t`."""
        return next((start for start in self.starts if start > t), None)

    def pieces(self, span: Interval) -> Iterator[tuple[PointDefinition, Interval]]:
        """The parts of `span` in which a definition is in force, each with that definition."""
        t = span.start
        while t < span.end:
            change = self.change_after(t)
            end = span.end if change is None else min(change, span.end)
            definition = self.at(t)
            if definition is not None:
                yield definition, Interval(t, end)
            t = end


Timelines: TypeAlias = Mapping[str, DefinitionTimeline]
"""By point id."""


def definition_timelines(config: TerminalConfig, handed: Sequence[HandedGroup]) -> dict[str, DefinitionTimeline]:
    """The timeline of each configured point; if its group was not handed over, its configured definition alone.

    While a definition names another terminal, or none, this terminal does not state the point.
    """
    by_group = {group.group: _timelines_of(group, config.name) for group in handed}
    return {
        point.id: by_group[point.group].get(point.id, DefinitionTimeline((), ()))
        if point.group in by_group
        else DefinitionTimeline((0,), (point.definition,))
        for point in config.points
    }


def can_be_stated(point: PointConfig, definition: PointDefinition) -> bool:
    """Whether readings of `point` as configured can be stated in the slots and the resolution of `definition`.

    An amount that the meter itself counts can be stated for the configured slot length alone.
    """
    return definition.same_quantity(point.definition) and (
        point.source is Source.REGISTER or definition.slot == point.definition.slot
    )


def points_waiting(points: Sequence[PointConfig], timelines: Timelines, now: UtcMillis) -> dict[str, UtcMillis | None]:
    """The points that cannot be stated at `now`, each with the time from which it can; None if no handover has it."""
    return {
        point.id: _stated_from(point, timelines[point.id], now)
        for point in points
        if not _can_be_stated(point, timelines[point.id].at(now))
    }


def points_changed(before: Timelines, after: Timelines, t: UtcMillis) -> list[str]:
    """The points whose values at `t` have another meaning in `after` than in `before`."""
    return [point for point, timeline in before.items() if not _same_values(timeline.at(t), after[point].at(t))]


def _stated_from(point: PointConfig, timeline: DefinitionTimeline, now: UtcMillis) -> UtcMillis | None:
    terms = zip(timeline.starts, timeline.definitions, strict=True)
    return next((start for start, definition in terms if start > now and _can_be_stated(point, definition)), None)


def _can_be_stated(point: PointConfig, definition: PointDefinition | None) -> bool:
    return definition is not None and can_be_stated(point, definition)


def _same_values(one: PointDefinition | None, other: PointDefinition | None) -> bool:
    return one is other is None or (one is not None and other is not None and one.same_values(other))


def _timelines_of(group: HandedGroup, terminal: str) -> dict[str, DefinitionTimeline]:
    handed = _with_keys(group)
    versions = [{d.id: d for d in version.definitions if d.terminal == terminal} for version in handed]
    starts = [version.in_force_from for version in handed]
    return {point: _merged(starts, [version.get(point) for version in versions]) for point in set().union(*versions)}


def _with_keys(group: HandedGroup) -> tuple[HandedVersion, ...]:
    """The versions without those that were over before the first key window, which only open frames made earlier."""
    over = sum(
        one.calendar.key_window(group.key_window, other.in_force_from - 1) < group.first
        for one, other in pairwise(group.versions)
    )
    return group.versions[over:]


def _merged(starts: Sequence[UtcMillis], definitions: Sequence[PointDefinition | None]) -> DefinitionTimeline:
    """The timeline without the starts that change nothing about the point."""
    changes = [0]
    for i in range(1, len(starts)):
        if not _same_values(definitions[changes[-1]], definitions[i]):
            changes.append(i)
    return DefinitionTimeline(tuple(starts[i] for i in changes), tuple(definitions[i] for i in changes))
