"""The check of the readings view: opened columns of one org's chain are collected, and compared in batches.

The view is a cache and may be behind the chain; of each frame that it has, it must have exactly the slots.
"""

from __future__ import annotations

from collections.abc import Callable

from veriwatt.errors import Unavailable
from veriwatt.fsck.chain_check import PositionedFrame
from veriwatt.fsck.report import Findings
from veriwatt.fsck.view_file import ViewFile
from veriwatt.model.frames.columns import Column
from veriwatt.readmodel.reading_rows import ProjectedFrame, StatedColumn, join_columns, stated_slots
from veriwatt.readmodel.readings_view_file import ReadingsViewFile, WrongRows

ROWS_AT_ONCE = 200_000


class ReadingsCheck:
    """Compares the view's rows of one org's chain. If the view cannot be opened, the remaining rows are excused."""

    def __init__(self, view: ViewFile, org: str, findings: Findings) -> None:
        self._view, self._org, self._findings = view, org, findings
        self._start = self._end = self._size = 0
        self._clear()
        self._ask(self._learn_size)

    def take(self, positioned: PositionedFrame, group: str, columns: list[Column]) -> None:
        """Take one group of the next frame; a group that could not be opened has no columns."""
        if positioned.position >= self._size:
            return
        if self._rows >= ROWS_AT_ONCE and positioned.position >= self._end:
            self._compare(positioned.position)
        self._end = positioned.position + 1
        anchored_at = None if positioned.location is None else positioned.location.anchor.time
        self._frames.append(ProjectedFrame.of(positioned.frame, group, positioned.position, anchored_at))
        for column in columns:
            number = self._points.setdefault(column.point, len(self._points))
            part = StatedColumn(number, positioned.position, stated_slots(column))
            self._parts.append(part)
            self._rows += len(part.slots.codes)

    def skip(self, start: int, end: int) -> None:
        """Compare the frames before those that cannot be read, and continue after them."""
        self._compare(min(start, self._size))
        self._start = max(self._start, end)
        self._end = max(self._end, end)

    def finish(self) -> None:
        self._compare(self._size)
        self._ask(lambda stored: stored.wrong_until(self._org) + stored.wrong_hours(self._org))

    def _learn_size(self, stored: ReadingsViewFile) -> list[WrongRows]:
        self._size = stored.size(self._org)
        return []

    def _compare(self, end: int) -> None:
        start, points, frames, rows = self._start, list(self._points), self._frames, join_columns(self._parts)
        if start < end and self._ask(lambda stored: stored.compare(self._org, start, end, points, frames, rows)):
            self._findings.counts["readings"] += len(rows)
        self._start = max(start, end)
        self._clear()

    def _ask(self, question: Callable[[ReadingsViewFile], list[WrongRows]]) -> bool:
        """Report what `question` finds in the view; False when the view could not be opened."""
        try:
            with self._view.opened() as stored:
                found = question(stored)
        except Unavailable as error:
            self._findings.excuse(self._view.path, f"a cache; not compared, or not to its end: {error}")
            self._size = 0
            return False
        for each in found:
            first = "" if each.position is None else f", first of frame {each.position}"
            what = f"{each.rows} rows differ from the frames{first}; delete the file, the node rebuilds it"
            self._findings.problem(self._view.path, what, each.table)
        return True

    def _clear(self) -> None:
        self._frames: list[ProjectedFrame] = []
        self._points: dict[str, int] = {}
        self._parts: list[StatedColumn] = []
        self._rows = 0
