"""The check of the frame index: every row is compared with the frame from which it was derived.

The rows of an anchor are written together, after the anchor. So the rows at the end may be missing, from the first
frame of an anchor on, as long as the journal still has those frames: journal files are removed only after the rows
are durable. Any other missing row was removed by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from veriwatt.errors import VeriwattError
from veriwatt.fsck.chain_check import PositionedFrame
from veriwatt.fsck.chain_journal import StoredJournal
from veriwatt.fsck.report import Findings
from veriwatt.readmodel.frame_index import row_of
from veriwatt.readmodel.frame_index_file import RawRow

_NAMES = (
    "org",
    "position",
    "frame_id",
    "leaf",
    "terminal",
    "epoch",
    "seq",
    "window_start",
    "window_end",
    "object",
    "offset",
    "length",
)


class IndexCheck:
    """A `ChainCheck` of one org's chain that reads the org's index rows beside it."""

    def __init__(
        self,
        path: Path,
        rows: Iterator[RawRow],
        journal: StoredJournal,
        has_grown: Callable[[], bool],
        findings: Findings,
    ) -> None:
        """`rows` are in the order of positions; `has_grown` says whether the chain has grown since it was read."""
        self._path, self._rows, self._journal, self._has_grown, self._findings = (
            path,
            rows,
            journal,
            has_grown,
            findings,
        )
        self._next: RawRow | None = None
        self._missing: tuple[int, int] | None = None
        self._missing_anchor = 0
        self._end = 0
        self._advance()

    def check_frame(self, positioned: PositionedFrame) -> None:
        if positioned.location is None:
            return
        self._skip(positioned.position)
        self._end = positioned.position + 1
        if self._next is None or self._next[1] > positioned.position:
            self._miss(positioned)
            return
        self._report_missing()
        location = positioned.location
        wanted = row_of(
            positioned.frame, positioned.position, location.object, location.offset, location.length
        ).values()
        if self._next != wanted:
            differing = [n for n, there, want in zip(_NAMES, self._next, wanted, strict=True) if there != want]
            self._problem(f"row {positioned.position}: {', '.join(differing)} not as in the frame")
        self._findings.counts["index_rows"] += 1
        self._advance()

    def skip(self, start: int, end: int) -> None:
        """Skip the rows of frames that cannot be read."""
        self._skip(start)
        while self._next is not None and self._next[1] < end:
            self._advance()
        self._end = max(self._end, end)

    def finish(self) -> None:
        while self._next is not None:
            if not self._has_grown():
                self._problem(f"row {self._next[1]}: the ledger has no such frame")
            self._advance()
        if self._missing is None:
            return
        start, end = self._missing
        if start != self._missing_anchor or not self._journal.has_all(start, end):
            self._report_missing()

    def _miss(self, positioned: PositionedFrame) -> None:
        if self._missing is None and positioned.location is not None:
            self._missing, self._missing_anchor = (
                (positioned.position, positioned.position),
                positioned.location.anchor.old_size,
            )
        if self._missing is not None:
            self._missing = (self._missing[0], positioned.position + 1)

    def _report_missing(self) -> None:
        if self._missing is not None:
            self._problem(f"rows {self._missing[0]} to {self._missing[1] - 1} are missing")
            self._missing = None

    def _skip(self, position: int) -> None:
        while self._next is not None and self._next[1] < position:
            if self._next[1] >= self._end or self._next[1] < 0:
                self._problem(f"row {self._next[1]}: the chain has no frame at this position")
            self._advance()

    def _advance(self) -> None:
        """Read the next row whose position is an integer; other rows are problems."""
        self._next = None
        try:
            for row in self._rows:
                if type(row[1]) is int:
                    self._next = row
                    return
                self._problem(f"a row's position is {row[1]!r}")
        except VeriwattError as error:
            self._findings.failed(self._path, error, "frames")

    def _problem(self, what: str) -> None:
        self._findings.problem(self._path, what, "frames")
