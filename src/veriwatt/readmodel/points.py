"""The points of an org in the ledger's state, with their definitions and groups."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import groupby

from veriwatt.errors import NotFound
from veriwatt.machine.anchors.queries import anchors
from veriwatt.machine.members.queries import organisations
from veriwatt.machine.state import StateRows
from veriwatt.machine.terminals import queries
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.point_history import PointHistory, value_series
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.ledger.state_keys import anchors_key
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.point_record import PointRecord, PointSeries
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.ports.ledger import Ledger, Snapshot
from veriwatt.units import UtcMillis


class Points:
    """Looks up points on the ledger. A version of a group never changes, so it is read once and cached."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._version = lru_cache(4096)(self._read)

    def newest(self, org: str, group: str) -> GroupPoints:
        """The newest version of a group; raises NotFound if the org has no such group."""
        return self._newest(self._ledger, org, group)

    def stated(self, org: str, group: str, n: int, root: bytes) -> GroupPoints:
        """Version `n` of a group, as a frame names it; raises NotFound if the org has none with this root."""
        found = self._version(org, group, n)
        if found.version.root != root:
            raise NotFound(f"version {n} of group {group!r} of org {org!r} has another root than {root.hex()}")
        return found

    def group_of(self, org: str, point: str) -> GroupPoints:
        """The newest version of its group that has the point; raises NotFound if the org has no such point.

        So a point that its group left out is found under its last definition.
        """
        with self._ledger.snapshot() as now:
            return self._group_of(now, org, point)

    def record(self, org: str, point: str) -> PointRecord | None:
        """The timeline of a point's definitions; None if the org has no such point."""
        return queries.point(self._ledger, org, point)

    def in_force(self, org: str, point: str, t: UtcMillis) -> GroupPoints:
        """The version of its group under which a frame states the slot of the point that starts at `t`.

        Raises:
            NotFound: no definition of the point holds then.
        """
        record = self.record(org, point)
        series = None if record is None else record.at(t)
        if series is None:
            raise NotFound(f"no definition of point {point!r} of org {org!r} holds at {t}")
        return self.stating(org, point, series)

    def stating(self, org: str, point: str, series: PointSeries) -> GroupPoints:
        """The version under which a frame states the slots of a series of the point's timeline.

        It is the last one of the group with that definition, for a later calendar covers more days.
        """
        newest = self.newest(org, series.group)
        versions = (self._version(org, series.group, n) for n in range(newest.version.n, series.first_version - 1, -1))
        return next(v for v in versions for d in v.definitions if d.id == point and d.digest == series.definition)

    def history(self, org: str, point: str, as_of: UtcMillis | None = None) -> PointHistory:
        """The point's series over time, what is recorded of its register, and the newest anchor of its org.

        With `as_of`, of these what was registered, recorded and anchored by then; the calendars are the newest.
        """
        return self.histories(org, [point], as_of)[point]

    def histories(self, org: str, points: Iterable[str], as_of: UtcMillis | None = None) -> dict[str, PointHistory]:
        """`history` of each point, at one height of the ledger."""
        with self._ledger.snapshot() as now:
            newest_end = newest_anchor_time(now, org, as_of)
            calendar_of = lru_cache(None)(lambda group: self._newest(now, org, group).version.calendar)
            return {point: self._history(now, org, point, newest_end, calendar_of, as_of) for point in points}

    def defined(self, org: str, point: str, series: PointSeries) -> PointDefinition:
        """The definition of a series of the point's timeline."""
        return self._version(org, series.group, series.first_version).definition(point)

    def definitions(self, org: str, points: Iterable[str]) -> dict[str, list[tuple[UtcMillis, PointDefinition]]]:
        """Each point's definitions in the order of time, each with when it takes effect; at one height."""
        with self._ledger.snapshot() as now:
            records = {point: queries.point(now, org, point) for point in points}
        return {
            point: [(s.effective_from, self.defined(org, point, s)) for s in (record.series if record else ())]
            for point, record in records.items()
        }

    def register_record(self, org: str, point: str) -> RegisterRecord:
        """What the ledger knows of a register: exchanges of its meter, and confirmed steps."""
        return queries.register_record(self._ledger, org, point)

    def all(self, org: str) -> list[GroupPoints]:
        """The newest version of every group of the org, in order of their names."""
        return [self._version(org, v.group, v.n) for v in queries.groups(self._ledger, org)]

    def registered(self, org: str) -> list[tuple[GroupPoints, PointDefinition]]:
        """Every point of the org under the version that `group_of` finds; those that a group left out come last."""
        found = [(group, definition) for group in self.all(org) for definition in group.definitions]
        present = {definition.id for _, definition in found}
        with self._ledger.snapshot() as now:
            left_out = [point for point in queries.point_ids(now, org) if point not in present]
            groups = [(self._group_of(now, org, point), point) for point in left_out]
        return found + [(group, group.definition(point)) for group, point in groups]

    def find(self, named: str, org: str | None = None) -> tuple[GroupPoints, PointDefinition]:
        """The point that a user names, under the version that `group_of` finds.

        With `org` the text is the point's id. Without, it is an id, or `org/id`; ids may have slashes themselves, so
        one text may name several points, and then none is chosen.

        Raises:
            NotFound: the text names no point, or several.
        """
        with self._ledger.snapshot() as now:
            pairs = [(org, named)] if org else _readings_of(named, [o.org for o in organisations(now)])
            found = [(of, point) for of, point in pairs if queries.point(now, of, point)]
            if len(found) == 1:
                ((of, point),) = found
                group = self._group_of(now, of, point)
                return group, group.definition(point)
        several = " and ".join(f"{point!r} of org {of!r}" for of, point in found)
        raise NotFound(
            f"{named!r} names several points: {several}; give the org besides the id"
            if found
            else f"there is no point {named!r}{f' of org {org!r}' if org else ''}; `veriwatt points list` lists them"
        )

    def _history(
        self,
        now: Snapshot,
        org: str,
        point: str,
        newest_end: UtcMillis,
        calendar_of: Callable[[str], Calendar],
        as_of: UtcMillis | None,
    ) -> PointHistory:
        timeline, record = queries.point(now, org, point), queries.register_record(now, org, point)
        series = () if timeline is None else timeline.series
        if as_of is not None:
            record, series = record.as_of(as_of), tuple(each for each in series if each.registered_at <= as_of)
        if not series:
            return PointHistory((), record, newest_end)
        defined = [(s.effective_from, self.defined(org, point, s), calendar_of(s.group)) for s in series]
        return PointHistory(value_series(defined), record, newest_end, defined[0][0])

    def _newest(self, state: StateRows, org: str, group: str) -> GroupPoints:
        version = queries.newest_version(state, org, group)
        if version is None:
            raise NotFound(f"org {org!r} has no group {group!r}")
        return self._version(org, group, version.n)

    def _group_of(self, state: StateRows, org: str, point: str) -> GroupPoints:
        record = queries.point(state, org, point)
        if record is None:
            raise NotFound(f"org {org!r} has no point {point!r}; `veriwatt points list` lists them")
        newest, last = self._newest(state, org, record.newest.group), record.newest
        return newest if newest.has(point) else self._version(org, last.group, last.first_version)

    def _read(self, org: str, group: str, n: int) -> GroupPoints:
        with (
            self._ledger.snapshot() as now
        ):  # one for all: opening one for each of 10,000 definitions takes as long again
            version = queries.group_version(now, org, group, n)
            if version is None:
                raise NotFound(f"org {org!r} has no version {n} of group {group!r}")
            definitions = queries.definitions(now, org, group, n)
        grids = tuple((len(list(same)), slot) for slot, same in groupby(definitions, lambda each: each.slot))
        return GroupPoints(org, version, definitions, grids)


def _readings_of(named: str, orgs: Iterable[str]) -> list[tuple[str, str]]:
    """What a text may name among these orgs: the id of a point of any of them, or `org/id`."""
    first, _, rest = named.partition("/")
    return [pair for org in orgs for pair in ((org, named), *([(org, rest)] if org == first else []))]


def newest_anchor_time(now: Snapshot, org: str, as_of: UtcMillis | None = None) -> UtcMillis:
    """The time of the newest anchor of an org's data chain at one height of the ledger; 0 without one.

    With `as_of`, of the newest one until then.
    """

    def time(index: int) -> UtcMillis:
        return AnchorLeaf.from_bytes(now.log_leaf(anchors_key(org), index)).time

    count = anchors(now, org).size
    if as_of is not None:
        count = bisect_right(range(count), as_of, key=time)
    return time(count - 1) if count else 0
