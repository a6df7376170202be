"""The interface of all kinds of files to the reader: named columns, and rows in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeVar

from veriwatt.bridges.files.timestamps import Cell

Row = TypeVar("Row")

BATCH_CELLS, BATCH_ROWS = 1 << 16, 1 << 12
"""About the most cells and rows of a batch; they bound how much of a file is in memory as text."""

Progress = Callable[[int, int], None]
"""Called with the amount of the file that was read, and the total: bytes of text or of a sheet, or rows of a
table."""


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Consecutive rows of a file, by column; an empty cell and a null are the empty text.

    Attributes:
        lines: the line or row number of each row, as `Rejection.line`.
        timestamps: the cell of each row in the column of timestamps.
        cells: for each requested column, the text of each row.
    """

    lines: Sequence[int]
    timestamps: Sequence[Cell]
    cells: Sequence[Sequence[str]]


class RowSource(Protocol):
    """An open file of rows, to be read once. Every method raises UnreadableFile if the file cannot be read."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names in the header, in order, as written; "1", "2", "3", ... in a file without one."""

    @property
    def sheet(self) -> str | None:
        """The name of the sheet that the rows are of; None if files of this kind have no sheets."""

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of the file's sheets, in order; none if files of this kind have no sheets."""

    def batches(self, timestamp: int, wanted: Sequence[int]) -> Iterator[RowBatch]:
        """All rows but the rejected ones: column number `timestamp` and column numbers `wanted`."""

    def whole_rows(self) -> Iterator[tuple[int, Sequence[object]]]:
        """The line and all fields of every row but the rejected ones."""


def numbered(count: int) -> tuple[str, ...]:
    """The names of the columns of a file without a header."""
    return tuple(str(n) for n in range(1, count + 1))


def rows_per_batch(columns: int) -> int:
    """The number of rows in a batch of so many columns."""
    return max(16, min(BATCH_ROWS, BATCH_CELLS // columns))


def in_batches(rows: Iterator[tuple[int, Row]], size: int) -> Iterator[tuple[list[int], list[Row]]]:
    """Numbered rows, at most `size` at a time."""
    while some := list(islice(rows, size)):
        lines, batch = zip(*some, strict=True)
        yield list(lines), list(batch)
