"""Divide new slots into the contents of frames: one for each key window, or several if a frame would be too large."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from veriwatt.ids import FrameId
from veriwatt.importing.new_slots import NewSlots
from veriwatt.metering.columns import absent_column, stated_column
from veriwatt.metering.frame_limits import frame_spans
from veriwatt.metering.group_points import GroupPoints
from veriwatt.model.frames.build import FrameContent, GroupSlots
from veriwatt.model.frames.columns import Column, Ints
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.ports.key_agent import KeyAgent, Purpose
from veriwatt.units import Interval


def frame_contents(
    group: GroupPoints, new_slots: Sequence[NewSlots], agent: KeyAgent, frame_at: Callable[[int], FrameId]
) -> Iterator[FrameContent]:
    """The contents of the frames that state the new slots of one group, lazily, in order of time.

    Args:
        group: the registered group of the slots.
        new_slots: the new slots, at most one entry for each point of the group.
        agent: returns the keys that seal them.
        frame_at: the id of the frame at a position of the org's data chain.
    """
    by_point = {each.series.definition.id: each for each in new_slots}
    version = group.version
    for number, span_of_key in _key_window_spans(version, new_slots):
        key = agent.window_key(group.org, version.group, number, Purpose.SEAL)
        for span in frame_spans(version.calendar, group.definitions, span_of_key):
            stated = [_column(version.calendar, d, span, by_point.get(d.id)) for d in group.definitions]
            columns = [column for column, _ in stated]
            if any(column.codes.any() for column in columns):
                positions = set[int]().union(*(replaced for _, replaced in stated))
                replaced = tuple(frame_at(p) for p in sorted(positions))
                yield FrameContent(span, (GroupSlots(version.group, version.n, version.root, columns, key, replaced),))


def _key_window_spans(version: GroupVersion, new_slots: Sequence[NewSlots]) -> Iterator[tuple[int, Interval]]:
    """Each key window with a new slot: its number, and the time from its first new slot to its last."""
    starts: Ints = np.concatenate([each.series.starts[each.is_new] for each in new_slots])
    ends: Ints = np.concatenate([each.series.ends[each.is_new] for each in new_slots])
    if not len(starts):
        return
    numbers = version.calendar.key_windows(version.key_window, starts)
    order = np.argsort(numbers, kind="stable")
    edges = np.flatnonzero(np.diff(numbers[order], prepend=numbers[order[0]] - 1))
    firsts = np.minimum.reduceat(starts[order], edges)
    lasts = np.maximum.reduceat(ends[order], edges)
    for number, first, last in zip(numbers[order[edges]].tolist(), firsts.tolist(), lasts.tolist(), strict=True):
        yield number, Interval(first, last)


def _column(
    calendar: Calendar, definition: PointDefinition, span: Interval, new: NewSlots | None
) -> tuple[Column, set[int]]:
    """The point's new slots in `span`; all others are absent. And the positions of the frames that they replace."""
    if new is None:
        return absent_column(calendar, definition, span), set()
    series = new.series
    low, high = np.searchsorted(series.starts, span.start), np.searchsorted(series.ends, span.end, "right")
    at = low + np.flatnonzero(new.is_new[low:high])
    replaced = new.replaced[at]
    column = stated_column(
        calendar, definition, span, series.starts[at], series.values[at], series.statuses[at], series.reasons[at]
    )
    return column, set(replaced[replaced >= 0].tolist())
