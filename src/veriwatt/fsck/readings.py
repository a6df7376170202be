"""The check of the readings view: opened columns of one org's chain are collected, and compared in batches.

The view is a cache and may be behind the chain; of each frame that it has, it must have exactly the slots that
count, and have left out exactly those that do not. It was copied before the chain was read, so frames that it has
beyond the chain are lost. Then it is a witness of the loss, and nobody is told to delete it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from veriwatt.counted import counted
from veriwatt.errors import Unavailable
from veriwatt.fsck.chain_check import PositionedFrame
from veriwatt.fsck.report import Findings
from veriwatt.readmodel.group_opener import OpenedGroup
from veriwatt.readmodel.left_out import RecordOf, SlotFilter
from veriwatt.readmodel.reading_rows import LeftOut, ProjectedFrame, StatedColumn, join_columns, stated_slots
from veriwatt.readmodel.readings_view_file import ReadingsViewFile, WrongRows

ROWS_AT_ONCE = 200_000
FRAMES_AT_ONCE = 10_000
"""Frames of one comparison at most; there may be fewer, with `ROWS_AT_ONCE` readings."""

_REMEDY = "; delete the file, the node rebuilds it"
_BEHIND = "points have begun earlier since it was written; the next command or node that reads it adds their slots"


class ReadingsCheck:
    """Compares the view's rows of one org's chain. If the view fails, the rest of its rows is not compared."""

    def __init__(
        self, view: ReadingsViewFile, path: Path, org: str, size: int, record_of: RecordOf, findings: Findings
    ) -> None:
        """`path` is the file of the home, for the report; `size` is the number of frames of the chain."""
        self._view, self._path, self._org, self._findings = view, path, org, findings
        self._chain_size, self._remedy = size, _REMEDY
        self._slot_filter = SlotFilter(record_of)
        self._start = self._end = self._size = 0
        self._clear()
        self._ask(self._learn_size)

    def take(self, positioned: PositionedFrame, group: str, opened: OpenedGroup | None) -> None:
        """Take one group of the next frame; None if it could not be opened."""
        if positioned.position >= self._size:
            return
        many = self._rows >= ROWS_AT_ONCE or len(self._frames) + len(self._left_out) >= FRAMES_AT_ONCE
        if many and positioned.position >= self._end:
            self._compare(positioned.position)
        self._end = positioned.position + 1
        anchored_at = None if positioned.location is None else positioned.location.anchor.time
        self._frames.append(ProjectedFrame.of(positioned.frame, group, positioned.position, anchored_at))
        if opened is None:
            return
        split = self._slot_filter.split(positioned.frame.header, opened.points, opened.columns)
        self._left_out += [(positioned.position, each) for each in split.left_out]
        for column in split.columns:
            number = self._points.setdefault(column.point, len(self._points))
            part = StatedColumn(number, positioned.position, stated_slots(column))
            self._parts.append(part)
            self._rows += len(part.slots.codes)

    def stop(self, position: int, why: str) -> None:
        """Compare the frames before one that cannot be opened, and none from it on."""
        if position < self._size:
            self._compare(position)
            self._findings.not_compared(self._path, f"from frame {position} on: {why}")
            self._size = position

    def skip(self, start: int, end: int) -> None:
        """Compare the frames before those that cannot be read, and continue after them."""
        self._compare(min(start, self._size))
        self._start = max(self._start, end)
        self._end = max(self._end, end)

    def finish(self) -> None:
        self._compare(self._size)
        self._ask(lambda stored: stored.wrong_until(self._org) + stored.wrong_hours(self._org))

    def _learn_size(self, stored: ReadingsViewFile) -> list[WrongRows]:
        viewed = stored.size(self._org)
        if viewed > self._chain_size:
            self._remedy = ""
        if all(self._slot_filter.still_left_out(self._org, each) for each in stored.left_out_undefined(self._org)):
            self._size = min(viewed, self._chain_size)
        else:
            self._findings.not_compared(self._path, _BEHIND)
        return stored.rows_outside(self._org, viewed)

    def _compare(self, end: int) -> None:
        start, points, frames, rows = self._start, list(self._points), self._frames, join_columns(self._parts)
        left_out = self._left_out

        def compared(stored: ReadingsViewFile) -> list[WrongRows]:
            found = stored.compare(self._org, start, end, points, frames, rows)
            return found + stored.compare_left_out(self._org, start, end, left_out)

        if start < end and self._ask(compared):
            self._findings.counts["readings"] += len(rows)
        self._start = max(start, end)
        self._clear()

    def _ask(self, question: Callable[[ReadingsViewFile], list[WrongRows]]) -> bool:
        """Report what `question` finds in the view; False when the view could not be read."""
        try:
            found = question(self._view)
        except Unavailable as error:
            self._findings.not_compared(self._path, f"not to its end: {error}")
            self._size = 0
            return False
        for each in found:
            first = "" if each.position is None else f", first of frame {each.position}"
            rows = counted(each.rows, "row differs", "rows differ")
            self._findings.problem(self._path, f"{rows} from the frames{first}{self._remedy}", each.table)
        return True

    def _clear(self) -> None:
        self._frames: list[ProjectedFrame] = []
        self._points: dict[str, int] = {}
        self._parts: list[StatedColumn] = []
        self._left_out: list[tuple[int, LeftOut]] = []
        self._rows = 0
