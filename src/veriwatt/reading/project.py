"""Bringing the readings view up to the data chain: open what the node may open, row by row into columns.

The same code follows each batch and rebuilds a deleted view. Frames were verified when they were
accepted; `veriwatt fsck` verifies them again, this does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from veriwatt.errors import NotFound, NotProven
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.loghost.data_chain import DataChain
from veriwatt.model.frames.columns import Column, Ints
from veriwatt.model.frames.frame import Frame, FrameGroup
from veriwatt.model.frames.origin import File
from veriwatt.model.frames.upload import parse_frame
from veriwatt.model.points.status import Status
from veriwatt.readmodel.hours import hours_of
from veriwatt.readmodel.opening import Opener
from veriwatt.readmodel.readings import ReadingRows, Readings, SeenFrame
from veriwatt.units import UtcMillis

ROWS_AT_ONCE = 500_000


@dataclass(frozen=True, slots=True)
class Unopened:
    """A group of a frame that could not be opened, and why; its slots stay missing."""

    position: int
    group: str
    why: str


@dataclass(slots=True)
class Projected:
    """What one run did."""

    frames: int = 0
    rows: int = 0
    unopened: list[Unopened] = field(default_factory=list)


def project(
    chain: DataChain, anchors: AnchorLog, readings: Readings, opener: Opener, at_most: int | None = None
) -> Projected:
    """Take frames that the view has not seen yet into it, all or `at_most` so many; durable in steps, repeatable."""
    done, size = Projected(), readings.size(chain.org)
    waiting = readings.first_unanchored(chain.org)
    for leaf in () if waiting is None else anchors.after(anchors.covering(waiting)):
        readings.anchored(chain.org, leaf.new_size, leaf.time)
    batch, times = _Batch(chain.org, readings), _AnchorTimes(anchors, size)
    for position, upload in islice(chain.uploads(size), at_most):
        frame = parse_frame(upload)
        for entry, payload in zip(frame.header.groups, frame.payloads, strict=True):
            batch.frames.append(_seen(chain.org, position, times.at(position), entry, frame))
            try:
                batch.take(position, opener.open(frame, entry, payload), opener.timezone(frame, entry))
            except (NotFound, NotProven) as error:
                done.unopened.append(Unopened(position, entry.group, str(error)))
        done.frames += 1
        done.rows += batch.flush(ROWS_AT_ONCE)
    done.rows += batch.flush(0)
    return done


class _AnchorTimes:
    """When each position of a chain was anchored, for positions from `start` on in order."""

    def __init__(self, anchors: AnchorLog, start: int) -> None:
        self._coming = anchors.after(anchors.covering(start))
        self._leaf = next(self._coming, None)

    def at(self, position: int) -> UtcMillis | None:
        """The time in the header of the anchoring block; None when no anchor covers the position."""
        while self._leaf is not None and self._leaf.new_size <= position:
            self._leaf = next(self._coming, None)
        return None if self._leaf is None else self._leaf.time


class _Batch:
    """Rows gathered until they are worth a write."""

    def __init__(self, org: str, readings: Readings) -> None:
        self._org, self._readings = org, readings
        self.frames: list[SeenFrame] = []
        self._parts: list[tuple[Column, int, str]] = []
        self._rows = 0

    def take(self, position: int, columns: Sequence[Column], timezone: str) -> None:
        for column in columns:
            stated = column.codes != Status.ABSENT
            if stated.all():
                kept = column
            elif stated.any():
                starts, ends = column.starts[stated], column.ends[stated]
                kept = Column(column.point, starts, ends, column.values[stated], column.codes[stated])
            else:
                continue
            self._parts.append((kept, position, timezone))
            self._rows += len(kept.codes)

    def flush(self, above: int) -> int:
        """Write what there is when it is more than `above` rows; returns the rows written."""
        written = self._rows
        if written <= above and (above or not self.frames):
            return 0
        rows = self._joined()
        self._readings.add(self.frames, rows, self._hours(rows))
        self.frames, self._parts, self._rows = [], [], 0
        return written

    def _joined(self) -> ReadingRows:
        if not self._parts:
            none = np.zeros(0, np.int64)
            return ReadingRows(none.astype(np.int32), none, none, none, none.astype(np.uint8), none)
        numbers = self._readings.point_ids(self._org, [c.point for c, _, _ in self._parts])
        lengths = [len(c.codes) for c, _, _ in self._parts]
        columns = [c for c, _, _ in self._parts]
        return ReadingRows(
            np.repeat(np.array(numbers, np.int32), lengths),
            np.concatenate([c.starts for c in columns]),
            np.concatenate([c.ends for c in columns]),
            np.concatenate([c.values for c in columns]),
            np.concatenate([c.codes for c in columns]),
            np.repeat(np.array([p for _, p, _ in self._parts], np.int64), lengths),
        )

    def _hours(self, rows: ReadingRows) -> Ints:
        zones, lengths = [zone for _, _, zone in self._parts], [len(c.codes) for c, _, _ in self._parts]
        return hours_of(zones, lengths, rows.starts)


def _seen(org: str, position: int, at: UtcMillis | None, entry: FrameGroup, frame: Frame) -> SeenFrame:
    origin = frame.header.origin
    source, settings = (origin.sha256, origin.settings) if isinstance(origin, File) else (None, None)
    return SeenFrame(org, position, at, entry.group, source, settings)
