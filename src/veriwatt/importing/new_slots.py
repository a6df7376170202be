"""Importing a file's readings through a software terminal: all or nothing, and the same file again is nothing.

What the chain already holds is compared slot by slot: equal is skipped, a value over a gap
is a new version, a gap never replaces a value, and another value is a problem that only `correct` solves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veriwatt.bridges.files.read import FileReadings
from veriwatt.bridges.files.rejections import KEPT, Rejections
from veriwatt.bridges.files.series import Series
from veriwatt.crypto.hashing import sha256
from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput, NotFound
from veriwatt.ids import Digest, FrameId
from veriwatt.membership.point_registration import check_same, free_name
from veriwatt.metering.frame_limits import frame_spans
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.key_windows import key_windows
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.group import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.readings import Readings
from veriwatt.terminal.framing.framer import GroupSlots, Window
from veriwatt.units import Interval

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class NewSlots:
    """What a series adds: the slots to state, and the frames some of them replace."""

    series: Series
    state: Mask
    positions: NDArray[np.int64]
    """For a stated slot that has a version already, its frame's position; else -1."""

    def counts(self) -> dict[Status, int]:
        """Stated slots by status."""
        codes = self.series.statuses[self.state]
        return {status: int((codes == status).sum()) for status in Status}


def check_definitions(readings: FileReadings, points: Points, view: Readings, org: str) -> None:
    """Raise BadInput when a point exists with another definition, or had this file under other settings."""
    for series in readings.series:
        definition = series.definition
        try:
            known = points.group_of(org, definition.id)
        except NotFound:
            continue
        check_same(known.definition(definition.id), definition)
        _check_settings(readings, known, view, org)


def group_settings(series: Sequence[Series]) -> Digest:
    """One digest for the mapping settings of a group's series, as a frame's origin states it."""
    return sha256(b"".join(s.settings for s in sorted(series, key=lambda s: s.definition.id)))


def by_group(readings: FileReadings, points: Points, org: str) -> dict[str, list[Series]]:
    """The series by the group that seals them: the one a point has, or the mapping's for new points.

    New points never join a group that exists: they get one of their own beside it, so that the
    definitions of a group stay what they were when its frames were made. Nor do those of several zones
    share one, or days and months one with minutes: a group has one zone, and one key window.
    """
    groups: dict[str, list[Series]] = defaultdict(list)
    taken = {known.version.group for known in points.all(org)}
    named: dict[tuple[str, str, str], str] = {}
    for series in readings.series:
        definition = series.definition
        try:
            name = points.group_of(org, definition.id).version.group
        except NotFound:
            kind = (series.group, definition.timezone, definition.slot if definition.minutes is None else "minutes")
            if kind not in named:
                named[kind] = free_name(series.group, taken)
                taken.add(named[kind])
            name = named[kind]
        groups[name].append(series)
    return dict(groups)


def compare(series: Series, view: Readings, org: str, rejections: Rejections) -> NewSlots:
    """What the series adds to what is known of its point; values that contradict it are put into `rejections`."""
    positions = np.full(len(series.starts), -1, np.int64)
    state = np.ones(len(series.starts), np.bool_)
    try:
        rows = view.read(org, series.definition.id, int(series.starts[0]), int(series.ends[-1]))
    except NotFound:
        return NewSlots(series, state, positions)
    at = np.searchsorted(series.starts, rows.starts)
    there_gap, here_gap = rows.statuses == Status.GAP, series.statuses[at] == Status.GAP
    news = there_gap & ~here_gap
    state[at] = news
    positions[at[news]] = rows.positions[news]
    clash = np.flatnonzero(~there_gap & ~here_gap & (rows.values != series.values[at]))
    _refuse_other_values(series, at[clash], rows.values[clash], rejections)
    return NewSlots(series, state, positions)


def _refuse_other_values(series: Series, at: NDArray[np.intp], there: NDArray[np.int64], to: Rejections) -> None:
    """Tell of the slots numbered `at`, of which the chain holds the values `there`."""
    zone, shown = Zone.parse(series.definition.timezone), series.definition.value

    def told(i: int, value: int) -> tuple[int, str, str, str]:
        slot = f"the slot of {series.definition.id} that starts at {zone.rfc3339(int(series.starts[i]))}"
        why = f"{slot} has {shown(value)} already; `veriwatt correct` makes a new version"
        return int(series.lines[i]), series.column, str(shown(int(series.values[i]))), why

    earliest = np.argsort(series.lines[at], kind="stable")[:KEPT]
    to.add_many(len(at), map(told, at[earliest].tolist(), there[earliest].tolist()))


def windows_of(
    known: GroupPoints,
    news: Sequence[NewSlots],
    window_key: Callable[[str, str, int], bytes],
    frame_at: Callable[[int], FrameId],
) -> Iterator[Window]:
    """The frames that state the news of one group: for each key window, from its first to its last stated slot."""
    by_point = {n.series.definition.id: n for n in news}
    starts = np.concatenate([n.series.starts[n.state] for n in news])
    ends = np.concatenate([n.series.ends[n.state] for n in news])
    version = known.version
    for number, low, high in _spans(version.key_window, version.timezone, starts, ends):
        key = window_key(known.org, version.group, number)
        for span in frame_spans(known.definitions, Interval(low, high)):
            positions = set[int]()
            columns = [_column(d, span, by_point.get(d.id), positions) for d in known.definitions]
            if any(column.codes.any() for column in columns):
                replaced = tuple(frame_at(p) for p in sorted(positions))
                yield Window(span, (GroupSlots(version.group, version.root, columns, key, replaced),))


def _spans(
    kind: KeyWindow, timezone: str, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> Iterator[tuple[int, int, int]]:
    """Each key window with something to state: its number, first slot start and last slot end."""
    if not len(starts):
        return
    numbers = key_windows(kind, timezone, starts)
    order = np.argsort(numbers, kind="stable")
    edges = np.flatnonzero(np.diff(numbers[order], prepend=numbers[order[0]] - 1))
    lows = np.minimum.reduceat(starts[order], edges)
    highs = np.maximum.reduceat(ends[order], edges)
    yield from zip(numbers[order[edges]].tolist(), lows.tolist(), highs.tolist(), strict=True)


def _column(definition: PointDefinition, span: Interval, news: NewSlots | None, positions: set[int]) -> Column:
    slots = slots_of(definition, span)
    codes, values = np.zeros(len(slots.starts), np.uint8), np.zeros(len(slots.starts), np.int64)
    if news is not None and len(slots.starts):
        low = int(np.searchsorted(news.series.starts, slots.starts[0]))
        high = int(np.searchsorted(news.series.starts, slots.starts[-1], "right"))
        first = int(np.searchsorted(slots.starts, news.series.starts[low])) if low < high else 0
        part = slice(first, first + high - low)
        state = news.state[low:high]
        codes[part] = np.where(state, news.series.statuses[low:high], np.uint8(Status.ABSENT))
        values[part] = np.where(state, news.series.values[low:high], 0)
        replaced = news.positions[low:high][state]
        positions.update(replaced[replaced >= 0].tolist())
    return Column(definition.id, slots.starts, slots.ends, values, codes, slots.calendar)


def _check_settings(readings: FileReadings, known: GroupPoints, view: Readings, org: str) -> None:
    mine = [s for s in readings.series if any(d.id == s.definition.id for d in known.definitions)]
    settings = group_settings(mine)
    if view.settings_of(org, known.version.group, readings.source.sha256) - {settings}:
        raise BadInput(
            where=readings.source.name,
            value=", ".join(s.definition.id for s in mine),
            why="this very file was imported into these points under another mapping",
            remedy="use the mapping of the first import, or new point ids",
        )
