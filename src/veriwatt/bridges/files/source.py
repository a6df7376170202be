"""What every kind of file gives: named columns, and the wanted ones of them in batches of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from veriwatt.bridges.files.stamps import Cell
from veriwatt.errors import BadInput
from veriwatt.ids import Digest

Row = TypeVar("Row")

BATCH_CELLS, BATCH_ROWS = 1 << 16, 1 << 12
"""Cells and rows of a batch at most, about: what is in memory as text at one time."""

Progress = Callable[[int, int], None]
"""Called with how much of the file is read, and how much there is, in bytes (text) or rows (tables)."""


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Consecutive rows: the line of each, its stamp, and the texts of each wanted column.

    An empty cell and a null are the empty text.
    """

    lines: Sequence[int]
    stamps: Sequence[Cell]
    cells: Sequence[Sequence[str]]


class Source(Protocol):
    """An open file of rows. What is wrong with the file as a whole raises `UnreadableFile`, in any method."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names in the header, in order, as written."""

    def batches(self, stamp: int, wanted: Sequence[int]) -> Iterator[RowBatch]:
        """All rows, once: of the column numbers `stamp` and `wanted`; rows that are refused are left out."""


def batch_rows(columns: int) -> int:
    """Rows of a batch of so many wanted columns."""
    return max(16, min(BATCH_ROWS, BATCH_CELLS // columns))


def batched(rows: Iterator[tuple[int, Row]], size: int) -> Iterator[tuple[list[int], list[Row]]]:
    """Numbered rows, at most `size` at a time."""
    while some := list(islice(rows, size)):
        lines, batch = zip(*some, strict=True)
        yield list(lines), list(batch)


def open_raw(path: Path) -> BinaryIO:
    """The file's bytes, seekable; raises BadInput when it cannot be opened, or has a name that no frame can state."""
    try:
        path.name.encode()
        if path.exists() and not path.is_file():
            raise BadInput(where=str(path), value=None, why="is no file", remedy="name a file of readings")
        return path.open("rb")
    except UnicodeEncodeError:
        why = "its name is not UTF-8"
        raise BadInput(where=repr(str(path)), value=None, why=why, remedy="rename it: frames state the name") from None
    except OSError as error:
        why = f"cannot be opened: {error.strerror}"
        raise BadInput(where=str(path), value=None, why=why, remedy="name a file that you may read") from None


def digest_of(raw: BinaryIO) -> Digest:
    """SHA-256 of all bytes of `raw`, which is left at its beginning."""
    raw.seek(0)
    running = hashlib.sha256()
    while chunk := raw.read(1 << 20):
        running.update(chunk)
    raw.seek(0)
    return Digest(running.digest())


def stem_of(path: Path) -> str:
    """The file's name without its extension, nor ".gz"."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return Path(name).stem or name or path.name
