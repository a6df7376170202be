"""Bringing the readings view up to an org's data chain: open the groups whose keys the node has, and add their slots.

The same code follows each new batch of frames and rebuilds a deleted view. The frames were verified when they were
accepted, and `veriwatt fsck` verifies them again; this does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from veriwatt.errors import NotFound, NotProven
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.loghost.data_chain import DataChain
from veriwatt.metering.local_hours import local_hours
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.header import FrameGroup
from veriwatt.model.frames.origin import File
from veriwatt.model.points.status import Status
from veriwatt.ports.key_agent import KeyRefused
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.reading_rows import ProjectedFrame, ReadingRows
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import UtcMillis

ROWS_AT_ONCE = 500_000
"""Slots gathered before they are written to the view."""


@dataclass(frozen=True, slots=True)
class UnopenedGroup:
    """A group of the frame at `position` that could not be opened, and why; the view has none of its slots."""

    position: int
    group: str
    why: str


@dataclass(slots=True)
class Projected:
    """How many frames and slots one call added, and the groups that it could not open."""

    frames: int = 0
    rows: int = 0
    unopened: list[UnopenedGroup] = field(default_factory=list)


def project(
    chain: DataChain, anchors: AnchorLog, view: ReadingsView, opener: GroupOpener, at_most: int | None = None
) -> Projected:
    """Add the frames that the view lacks, in order, all of them or the next `at_most`.

    Durable after each write of some `ROWS_AT_ONCE` slots; a call that was cut off is continued by the next.
    """
    done, size = Projected(), view.size(chain.org)
    _mark_anchored(chain.org, anchors, view)
    batch, times = _Batch(chain.org, view), _AnchorTimes(anchors, size)
    for position, frame in islice(chain.frames(size), at_most):
        for entry, payload in zip(frame.header.groups, frame.payloads, strict=True):
            batch.frames.append(_projected_frame(chain.org, position, times.at(position), entry, frame))
            try:
                batch.add(position, opener.open(frame, entry, payload), opener.timezone(frame, entry))
            except (NotFound, KeyRefused, NotProven) as error:
                done.unopened.append(UnopenedGroup(position, entry.group, str(error)))
        done.frames += 1
        done.rows += batch.write_above(ROWS_AT_ONCE)
    done.rows += batch.write_above(0)
    opener.record_openings()
    return done


def _mark_anchored(org: str, anchors: AnchorLog, view: ReadingsView) -> None:
    """Give the projected frames that have been anchored since then their anchoring time."""
    first = view.first_unanchored(org)
    for leaf in () if first is None else anchors.after(anchors.covering(first)):
        view.mark_anchored(org, leaf.new_size, leaf.time)


class _AnchorTimes:
    """The anchoring time of each position of a chain, asked in order from `start` on."""

    def __init__(self, anchors: AnchorLog, start: int) -> None:
        self._rest = anchors.after(anchors.covering(start))
        self._leaf = next(self._rest, None)

    def at(self, position: int) -> UtcMillis | None:
        """The time in the header of the anchoring block; None when no anchor covers the position."""
        while self._leaf is not None and self._leaf.new_size <= position:
            self._leaf = next(self._rest, None)
        return None if self._leaf is None else self._leaf.time


class _Batch:
    """Frames and slots gathered for one write to the view."""

    def __init__(self, org: str, view: ReadingsView) -> None:
        self._org, self._view = org, view
        self.frames: list[ProjectedFrame] = []
        self._parts: list[tuple[Column, int, str]] = []
        self._rows = 0

    def add(self, position: int, columns: Sequence[Column], timezone: str) -> None:
        """Gather the slots that the columns of one group state, all but the absent ones."""
        for column in columns:
            stated = _stated_slots(column)
            if len(stated.codes):
                self._parts.append((stated, position, timezone))
                self._rows += len(stated.codes)

    def write_above(self, limit: int) -> int:
        """Write what was gathered if that is more than `limit` slots, or if `limit` is 0; returns the slots written."""
        written = self._rows
        if written <= limit and (limit or not self.frames):
            return 0
        rows, lengths = self._joined(), [len(column.codes) for column, _, _ in self._parts]
        hours = local_hours([zone for _, _, zone in self._parts], lengths, rows.starts)
        self._view.add(self.frames, rows, hours)
        self.frames, self._parts, self._rows = [], [], 0
        return written

    def _joined(self) -> ReadingRows:
        if not self._parts:
            none = np.zeros(0, np.int64)
            return ReadingRows(none.astype(np.int32), none, none, none, none.astype(np.uint8), none)
        columns = [column for column, _, _ in self._parts]
        numbers = self._view.point_ids(self._org, [column.point for column in columns])
        lengths = [len(column.codes) for column in columns]
        return ReadingRows(
            np.repeat(np.array(numbers, np.int32), lengths),
            np.concatenate([column.starts for column in columns]),
            np.concatenate([column.ends for column in columns]),
            np.concatenate([column.values for column in columns]),
            np.concatenate([column.codes for column in columns]),
            np.repeat(np.array([position for _, position, _ in self._parts], np.int64), lengths),
        )


def _stated_slots(column: Column) -> Column:
    """The column without its absent slots."""
    stated = column.codes != Status.ABSENT
    if stated.all():
        return column
    starts, ends = column.starts[stated], column.ends[stated]
    return Column(column.point, starts, ends, column.values[stated], column.codes[stated])


def _projected_frame(
    org: str, position: int, anchored_at: UtcMillis | None, entry: FrameGroup, frame: Frame
) -> ProjectedFrame:
    origin = frame.header.origin
    source, settings = (origin.sha256, origin.settings) if isinstance(origin, File) else (None, None)
    return ProjectedFrame(org, position, anchored_at, entry.group, source, settings)
