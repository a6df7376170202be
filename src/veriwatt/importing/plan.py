"""Plan an import: everything that can be refused is refused before anything is signed or written.

The plan says what will be written, so that a dry run and the import itself cannot differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from veriwatt.errors import BadInput, NotFound
from veriwatt.importing.beginnings import beginning
from veriwatt.importing.grouping import as_registered, by_group
from veriwatt.importing.new_slots import NewSlots, find_new_slots
from veriwatt.importing.own_slots import own_slots
from veriwatt.membership.member_client import MemberClient
from veriwatt.metering.calendars import next_version
from veriwatt.metering.columns import NoSuchSlot
from veriwatt.metering.frame_limits import check_width
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.rejections import MOST_LISTED, Rejection, Rejections
from veriwatt.metering.series import Series, SourceReadings
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import DefinePoints, GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval, UtcMillis

OnRejection = Callable[[Rejection], None]


@dataclass(frozen=True, slots=True)
class MovedBeginning:
    """A registered point whose definition is to hold from `begins` on, earlier than from `was` on as before."""

    definition: PointDefinition
    group: str
    was: UtcMillis
    begins: UtcMillis


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """One group: the series of its points, their new slots, and the version to register first, if it needs one.

    `new_slots` has an entry for each series, in its order. `stated` divides them by the group version that states them;
    None is the newest of this group, once `to_register` is registered. `moved` are the points of the group, in the
    source or not, that it lets begin earlier.
    """

    name: str
    members: tuple[Series, ...]
    new_slots: tuple[NewSlots, ...]
    stated: Mapping[GroupVersion | None, Sequence[NewSlots]]
    to_register: DefinePoints | None
    moved: tuple[MovedBeginning, ...]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All groups of a source, and all rejections; nothing will be written if `is_refused`."""

    readings: SourceReadings
    groups: tuple[PlannedGroup, ...]
    rejected: tuple[Rejection, ...]
    rejected_count: int
    is_refused: bool

    @property
    def in_part(self) -> bool:
        """Whether rows are rejected and the others imported."""
        return bool(self.rejected_count and not self.is_refused and self.readings.series)


class Planner:
    """Plans the import of sources into one org, by the ledger and the readings that there are."""

    def __init__(
        self,
        member_client: MemberClient,
        points: Points,
        view: ReadingsView,
        now: UtcMillis,
        may_record: Callable[[UtcMillis], None],
    ) -> None:
        """`now` is the present: no slot that ends later is stated.

        `may_record` raises Refused where the log host would not accept what the terminal collects at a time.
        """
        self._member_client, self._points, self._view, self._now = member_client, points, view, now
        self._may_record = may_record
        self._org = member_client.org

    def plan(
        self, readings: SourceReadings, *, keep_good: bool = False, on_rejection: OnRejection | None = None
    ) -> ImportPlan:
        """The plan of an import of a source.

        Args:
            readings: the series and rejections of the source.
            keep_good: import the accepted values in spite of rejections.
            on_rejection: called with every value that contradicts a recorded one, or is of another definition's time.

        Raises:
            BadInput: a point has another definition, the file was imported under other settings, a group has too many
                points for a frame, or the source states slots that have not ended.
            LedgerRefused: the ledger would refuse the definition of a point.
            Refused: there are new slots, and the log host would not accept frames of them now.
        """
        for series in readings.series:
            self._check_ended(readings.source.name, series)
        readings = as_registered(readings, self._points, self._view, self._org)
        conflicts = Rejections(readings.source.name, on_rejection)
        groups = []
        for name, members in by_group(readings.series, self._points, self._org).items():
            check_width(name, self._definitions(name, members))
            groups.append(self._group(name, members, conflicts))
        self._member_client.check(*(group.to_register for group in groups if group.to_register is not None))
        if any(each.is_new.any() for group in groups for each in group.new_slots):
            self._may_record(self._now)
        rejected = (*readings.rejected, *conflicts.first())[:MOST_LISTED]
        count = readings.rejected_count + conflicts.count
        return ImportPlan(readings, tuple(groups), rejected, count, bool(count) and not keep_good)

    def _group(self, name: str, members: Sequence[Series], conflicts: Rejections) -> PlannedGroup:
        new_slots = tuple(self._new_slots(series, conflicts) for series in members)
        stated, to_register = _by_version(new_slots), self._to_register(name, members, new_slots)
        for version, each in stated.items():
            _check_slots(each, (version or to_register or self._points.newest(self._org, name).version).calendar)
        return PlannedGroup(name, tuple(members), new_slots, stated, to_register, tuple(self._moved(to_register)))

    def _new_slots(self, series: Series, conflicts: Rejections) -> NewSlots:
        return find_new_slots(series, own_slots(series, self._points, self._org), self._view, self._org, conflicts)

    def _check_ended(self, source: str, series: Series) -> None:
        if series.ends[-1] > self._now:
            raise BadInput(
                where=source,
                value=series.definition.id,
                why="a slot of this point has not ended",
                remedy="import it when it has ended",
            )

    def _to_register(self, name: str, members: Sequence[Series], new_slots: Sequence[NewSlots]) -> DefinePoints | None:
        """The version to register, if a point has new slots before it begins."""
        firsts = [(each.series.starts[each.is_new].min(initial=each.own.begins), each.own.begins) for each in new_slots]
        early = [int(first) for first, begins in firsts if first < begins]
        if not early:
            return None
        group = self._registered(name)
        newest, definitions = None if group is None else group.version, self._definitions(name, members)
        records = [self._points.record(self._org, definition.id) for definition in definitions]
        begins = beginning(min(early), definitions[0].timezone, definitions[0].day_begins, records)
        return next_version(name, begins, definitions, self._now, newest)

    def _moved(self, version: DefinePoints | None) -> Iterator[MovedBeginning]:
        """The points that a version lets begin earlier: those with one definition that began after the version does."""
        if version is None:
            return
        for definition in version.definitions:
            record = self._points.record(self._org, definition.id)
            if record is not None and record.one_definition:
                was = record.series[0].effective_from
                if version.effective_from < was:
                    yield MovedBeginning(definition, version.group, was, version.effective_from)

    def _definitions(self, name: str, members: Sequence[Series]) -> tuple[PointDefinition, ...]:
        """The registered points of a group, or those of the source if the group is new."""
        group = self._registered(name)
        return tuple(series.definition for series in members) if group is None else group.definitions

    def _registered(self, name: str) -> GroupPoints | None:
        try:
            return self._points.newest(self._org, name)
        except NotFound:
            return None


def _by_version(new_slots: Sequence[NewSlots]) -> Mapping[GroupVersion | None, Sequence[NewSlots]]:
    """The new slots by the group version that states them."""
    found = defaultdict[GroupVersion | None, list[NewSlots]](list)
    for each in new_slots:
        for version, within in each.own.stated.items():
            if (is_new := each.is_new & within).any():
                found[version].append(replace(each, is_new=is_new))
    return found


def _check_slots(new_slots: Sequence[NewSlots], calendar: Calendar) -> None:
    """Raise NoSuchSlot or OutsideCalendar unless every new slot is one by the calendar."""
    for each in new_slots:
        starts, ends = (bounds[each.is_new] for bounds in (each.series.starts, each.series.ends))
        if len(starts):
            edges = calendar.slots(each.series.definition.slot, Interval(int(starts[0]), int(ends[-1])))
            at = np.minimum(np.searchsorted(edges[0], starts), max(0, len(edges[0]) - 1))
            if not len(edges[0]) or (edges[0][at] != starts).any() or (edges[1][at] != ends).any():
                raise NoSuchSlot(each.series.definition.id, int(starts[0]))
