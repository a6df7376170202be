"""The texts of cells as the file has them, for messages about rows whose texts are no longer in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import numpy as np

from veriwatt.bridges.files.point_rows import Numbers
from veriwatt.bridges.files.row_source import RowSource
from veriwatt.bridges.files.timestamps import Cell
from veriwatt.metering.rejections import MOST_LISTED


class CellTexts:
    """Reads the file again for the texts of some lines, and keeps those of the lines that were asked for last.

    The points of a wide file have their faults in the same rows, so the file is seldom read more than once.
    """

    def __init__(
        self,
        source_again: Callable[[], AbstractContextManager[RowSource]],
        timestamp: int,
        columns: Sequence[int],
        *,
        every: bool,
    ) -> None:
        """`every`: whether the texts of all lines are wanted, and not just of those that are listed."""
        self._source_again, self._timestamp, self._columns, self._every = source_again, timestamp, columns, every
        self._of, self._rows = b"", dict[int, tuple[Cell, list[str]]]()

    def timestamps(self, lines: Numbers) -> dict[int, Cell]:
        """The timestamp of each of the lines, which are in order; of the first ones if not all are wanted."""
        return {line: timestamp for line, (timestamp, _) in self._read(lines).items()}

    def values(self, lines: Numbers, column: int) -> dict[int, str]:
        """Likewise the text in column number `column`."""
        at = self._columns.index(column)
        return {line: cells[at] for line, (_, cells) in self._read(lines).items()}

    def _read(self, lines: Numbers) -> dict[int, tuple[Cell, list[str]]]:
        wanted = lines if self._every else lines[:MOST_LISTED]
        if wanted.tobytes() != self._of:
            self._of, self._rows = wanted.tobytes(), {}
            with self._source_again() as source:
                for batch in source.batches(self._timestamp, self._columns):
                    for r in np.flatnonzero(np.isin(batch.lines, wanted)).tolist():
                        cells = [column[r] for column in batch.cells]
                        self._rows[batch.lines[r]] = batch.timestamps[r], cells
        return self._rows
