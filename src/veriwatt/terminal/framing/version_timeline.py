"""Which of the versions that a terminal was handed replaced the definition under which it stated a slot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.points.calendar_difference import first_difference
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.point_record import PointSeries
from veriwatt.model.points.standing import Standing, StatedUnder
from veriwatt.terminal.framing.converted import StatedSlot
from veriwatt.terminal.framing.framed_group import NEVER, FramedGroup
from veriwatt.units import UtcMillis


class VersionTimelines:
    """The series of points by the versions that the terminal has; the ledger's own may begin earlier."""

    def __init__(self, groups: Sequence[FramedGroup]) -> None:
        self._versions = {
            name: sorted(same, key=lambda each: each.n)
            for name, same in groupby(sorted(groups, key=lambda each: each.name), lambda each: each.name)
        }
        self._series: dict[tuple[str, str], list[PointSeries]] = {}

    def may_replace(self, header: FrameHeader) -> bool:
        """Whether a later version than one that the frame names came into force before its window ended."""
        return any(
            each.n > entry.version and each.since < header.window.end
            for entry in header.groups
            for each in self._versions.get(entry.group, [])
        )

    def replaced(self, version: FramedGroup, slot: StatedSlot) -> bool:
        """Whether this version's definition of the point was replaced at the start of the slot."""
        stated = StatedUnder(version.name, version.n, slot.definition.digest, by_right=True)
        return stated.standing(self._at(version.name, slot.definition.id, slot.start)) is Standing.REPLACED

    def by_definition(
        self, group: str, point: str, slots: Sequence[StatedSlot]
    ) -> Iterator[tuple[FramedGroup, PointDefinition, list[StatedSlot]]]:
        """The slots, which are in order, by the version and definition in force, if they name this terminal."""

        def version_at(slot: StatedSlot) -> int:
            series = self._at(group, point, slot.start)
            return 0 if series is None else series.first_version

        for n, found in groupby(slots, version_at):
            same = list(found)
            version = next((each for each in self._versions[group] if each.n == n), None)
            if version is None:
                continue
            for definition in version.definitions:
                if definition.id == point and definition.terminal == version.terminal:
                    yield version, definition, same

    def _at(self, group: str, point: str, t: UtcMillis) -> PointSeries | None:
        if (group, point) not in self._series:
            self._series[group, point] = list(self._series_of(group, point))
        return next((each for each in self._series[group, point] if each.covers(t)), None)

    def _series_of(self, group: str, point: str) -> Iterator[PointSeries]:
        """A series begins with a version that changes the point or the calendar; it ends when the next one begins."""
        before: tuple[FramedGroup, PointDefinition] | None = None
        begun: PointSeries | None = None
        for version in self._versions.get(group, []):
            definition = next((each for each in version.definitions if each.id == point), None)
            same = before is not None and before[1] == definition and _same_days(before[0], version)
            if same:
                continue
            if begun is not None and begun.effective_from < version.since:
                yield PointSeries(group, begun.first_version, begun.definition, begun.effective_from, version.since, 0)
            before = None if definition is None else (version, definition)
            begun = None
            if definition is not None:
                begun = PointSeries(group, version.n, definition.digest, version.since, None, 0)
        if begun is not None:
            yield PointSeries(group, begun.first_version, begun.definition, begun.effective_from, NEVER, 0)


def _same_days(one: FramedGroup, other: FramedGroup) -> bool:
    return first_difference(one.calendar, other.calendar) is None
