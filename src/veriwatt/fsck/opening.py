"""With the owner's keys at hand: every group opened again, and the readings view compared with what was in it.

The view is a cache and may be behind; where it has a frame, it has exactly the frame's slots.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from veriwatt.errors import Missing, VeriwattError
from veriwatt.fsck.placed import Placed
from veriwatt.fsck.report import Findings
from veriwatt.model.columns import Column, Ints
from veriwatt.model.origin import File
from veriwatt.model.status import Status
from veriwatt.model.statuses import Codes
from veriwatt.readmodel.opening import Opener
from veriwatt.readmodel.readings import Rows, SeenFrame
from veriwatt.readmodel.stored_readings import Different, StoredReadings

ROWS_AT_ONCE = 200_000


class Opening:
    """A `Follower`. Groups whose keys are not here are passed over."""

    def __init__(self, folder: Path, opener: Opener, view: View | None, findings: Findings) -> None:
        self._folder, self._opener, self._view, self._findings = folder, opener, view, findings

    def follow(self, placed: Placed) -> None:
        header = placed.frame.header
        for entry, payload in zip(header.groups, placed.frame.payloads, strict=True):
            try:
                columns = self._opener.open(placed.frame, entry, payload)
                self._findings.counts["groups_opened"] += 1
            except Missing:
                columns = []
            except VeriwattError as error:
                columns = []
                self._findings.problem(self._folder, f"frame {placed.position}: {error}")
            if self._view is not None:
                self._view.take(placed, entry.group, columns)

    def lose(self, start: int, end: int) -> None:
        if self._view is not None:
            self._view.lose(start, end)

    def finish(self) -> None:
        if self._view is not None:
            self._view.finish()


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The stated slots of one point in one frame."""

    point: int
    position: int
    starts: Ints
    ends: Ints
    values: Ints
    codes: Codes


class View:
    """The readings view beside one org's chain: gathers what was opened, compares in batches of positions."""

    def __init__(self, path: Path, stored: StoredReadings, org: str, findings: Findings) -> None:
        self._path, self._stored, self._org, self._findings = path, stored, org, findings
        self._size = stored.size(org)
        self._start = self._end = 0
        self._clear()

    def take(self, placed: Placed, group: str, columns: list[Column]) -> None:
        if placed.position >= self._size:
            return
        if self._rows >= ROWS_AT_ONCE and placed.position >= self._end:
            self._compare(placed.position)
        self._end = placed.position + 1
        self._frames.append(_seen(self._org, placed, group))
        for column in columns:
            stated = column.codes != Status.ABSENT
            number = self._points.setdefault(column.point, len(self._points))
            starts, ends = column.starts[stated], column.ends[stated]
            values, codes = column.values[stated], column.codes[stated]
            self._parts.append(_Part(number, placed.position, starts, ends, values, codes))
            self._rows += int(stated.sum())

    def lose(self, start: int, end: int) -> None:
        """Compare up to the hole, and go on after it."""
        self._compare(min(start, self._size))
        self._start = self._end = end

    def finish(self) -> None:
        if self._end < self._size and self._end == 0:
            return self._note([Different("frames", self._size, 0)])
        self._compare(self._size)
        try:
            self._note(self._stored.broken_successions(self._org))
        except VeriwattError as error:
            self._findings.excuse(self._path, f"not compared to its end: {error}")
        return None

    def _compare(self, end: int) -> None:
        try:
            if self._start < end:
                found = self._stored.compare(
                    self._org, self._start, end, list(self._points), self._frames, self._joined()
                )
                self._note(found)
                self._findings.counts["readings"] += self._rows
        except VeriwattError as error:
            self._findings.excuse(self._path, f"not compared to its end: {error}")
        self._start = end
        self._clear()

    def _note(self, found: list[Different]) -> None:
        for each in found:
            self._findings.problem(
                self._path,
                f"{each.rows} rows are not what the frames say, first at position {each.position} of {self._org}; "
                "delete the file, it is made again",
                each.table,
            )

    def _clear(self) -> None:
        self._frames: list[SeenFrame] = []
        self._points: dict[str, int] = {}
        self._parts: list[_Part] = []
        self._rows = 0

    def _joined(self) -> Rows:
        none, parts = np.zeros(0, np.int64), self._parts
        lengths = [len(part.starts) for part in parts]
        return Rows(
            np.repeat(np.array([part.point for part in parts], np.int32), lengths),
            np.concatenate([none, *(part.starts for part in parts)]),
            np.concatenate([none, *(part.ends for part in parts)]),
            np.concatenate([none, *(part.values for part in parts)]),
            np.concatenate([none.astype(np.uint8), *(part.codes for part in parts)]),
            np.repeat(np.array([part.position for part in parts], np.int64), lengths),
        )


def _seen(org: str, placed: Placed, group: str) -> SeenFrame:
    origin = placed.frame.header.origin
    source, settings = (origin.sha256, origin.settings) if isinstance(origin, File) else (None, None)
    at = None if placed.place is None else placed.place.anchor.time
    return SeenFrame(org, placed.position, at, group, source, settings)
