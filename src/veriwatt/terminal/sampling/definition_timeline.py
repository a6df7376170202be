"""Which definition of a configured point is in force when, as its org handed it over.

The rules stand in docs/spec/terminal-handover.md, "Which definitions a terminal works under".
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.handover import HandedGroup
from veriwatt.terminal.config.terminal_config import PointConfig, Source, TerminalConfig
from veriwatt.units import Interval, UtcMillis


@dataclass(frozen=True, slots=True)
class DefinitionTimeline:
    """`definitions[i]` of a point holds from `starts[i]` until the next start; None where its group does not have it.

    Neighbours mean different things: a version that leaves the meaning of the point's values as it was begins nothing.
    """

    starts: tuple[UtcMillis, ...]
    definitions: tuple[PointDefinition | None, ...]

    def at(self, t: UtcMillis) -> PointDefinition | None:
        """The definition in force at `t`; None when none is."""
        at = bisect_right(self.starts, t)
        return self.definitions[at - 1] if at else None

    def change_after(self, t: UtcMillis) -> UtcMillis | None:
        """When, after `t`, another definition begins to hold."""
        return next((start for start in self.starts if start > t), None)

    def pieces(self, span: Interval) -> Iterator[tuple[PointDefinition, Interval]]:
        """The parts of `span` in which some definition holds, each with it."""
        t = span.start
        while t < span.end:
            change = self.change_after(t)
            end = span.end if change is None else min(change, span.end)
            held = self.at(t)
            if held is not None:
                yield held, Interval(t, end)
            t = end


def in_force(config: TerminalConfig, handed: Sequence[HandedGroup]) -> dict[str, DefinitionTimeline]:
    """What holds of each configured point; the configuration itself, where its group was never handed over."""
    held = {group.group: _of_group(group) for group in handed}
    return {
        point.id: held[point.group].get(point.id, DefinitionTimeline((), ()))
        if point.group in held
        else DefinitionTimeline((0,), (point.definition,))
        for point in config.points
    }


def can_be_stated(point: PointConfig, held: PointDefinition) -> bool:
    """Whether what the meter shows, as it is configured, can be stated in the slots and the resolution of `held`.

    A slot's amount that the meter itself keeps is of that slot alone.
    """
    return held.counts_alike(point.definition) and (
        point.source is Source.REGISTER or held.slot == point.definition.slot
    )


def waiting(
    points: Sequence[PointConfig], held: dict[str, DefinitionTimeline], now: UtcMillis
) -> dict[str, UtcMillis | None]:
    """The points that cannot be stated at `now`, with when they can be; None: not as far as is handed over."""
    return {
        point.id: _begin(point, held[point.id], now) for point in points if not _stated(point, held[point.id].at(now))
    }


def other_at(before: dict[str, DefinitionTimeline], after: dict[str, DefinitionTimeline], t: UtcMillis) -> list[str]:
    """The points of which `after` says another meaning at `t` than `before` did."""
    return [point for point, held in before.items() if not _alike(held.at(t), after[point].at(t))]


def _begin(point: PointConfig, held: DefinitionTimeline, now: UtcMillis) -> UtcMillis | None:
    terms = zip(held.starts, held.definitions, strict=True)
    return next((start for start, definition in terms if start > now and _stated(point, definition)), None)


def _stated(point: PointConfig, held: PointDefinition | None) -> bool:
    return held is not None and can_be_stated(point, held)


def _alike(one: PointDefinition | None, other: PointDefinition | None) -> bool:
    return one is other is None or (one is not None and other is not None and one.reads_as(other))


def _of_group(group: HandedGroup) -> dict[str, DefinitionTimeline]:
    versions = [{d.id: d for d in version.definitions} for version in group.versions]
    starts = [version.effective_from for version in group.versions]
    return {point: _merged(starts, [version.get(point) for version in versions]) for point in set().union(*versions)}


def _merged(starts: Sequence[UtcMillis], definitions: Sequence[PointDefinition | None]) -> DefinitionTimeline:
    kept = [0]
    for i in range(1, len(starts)):
        if not _alike(definitions[kept[-1]], definitions[i]):
            kept.append(i)
    return DefinitionTimeline(tuple(starts[i] for i in kept), tuple(definitions[i] for i in kept))
