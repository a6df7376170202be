"""What openpyxl does not tell of a sheet that it reads by rows: merged cells, and the offsets of ISO times.

Both are found in the bytes of the sheet's XML, which are read once more for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import IO, Any, NamedTuple

from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries

_CHUNK, _LONGEST = 1 << 20, 1 << 12

_MERGED = re.compile(rb"""<(?:\w{1,20}:)?mergeCell\s[^>]{0,200}?\bref\s*=\s*["']([A-Z0-9:]{1,40})["']""")
_CELL = re.compile(
    rb"<(?:\w{1,20}:)?c\s([^>]{0,300})(?<!/)>((?:[^<]|<(?!/?(?:\w{1,20}:)?c[\s>])){0,2000})</(?:\w{1,20}:)?c>"
)
_OF_ISO_TIMES = re.compile(r"""\bt\s*=\s*["']d["']""")
_REFERENCE = re.compile(r"""\br\s*=\s*["']([A-Z]{1,3}[0-9]{1,7})["']""")
_WITH_OFFSET = re.compile(r"<(?:\w{1,20}:)?v>\s*([0-9-]{8,10}T[0-9:.,]{2,40}(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?))\s*<")


NumberedRows = Iterator[tuple[int, tuple[Any, ...]]]


class MergedCells(NamedTuple):
    """Cells that Excel shows as one; lines and columns include the last, columns count from 0."""

    name: str
    first_line: int
    last_line: int
    first_column: int
    last_column: int


def merged_cells(sheet: IO[bytes]) -> Iterator[MergedCells]:
    """Every range of merged cells of a sheet."""
    for (name,) in _found(sheet, _MERGED, (b"mergeCell",)):
        left, top, right, bottom = range_boundaries(name)
        if None not in (left, top, right, bottom):
            yield MergedCells(name, top, bottom, left - 1, right - 1)


def times_with_offset(sheet: IO[bytes]) -> Iterator[tuple[int, int, str]]:
    """The line, the column from 0, and the text of every cell that holds an ISO time with its offset, in order."""
    for attributes, content in _found(sheet, _CELL, (b'"d"', b"'d'")):
        found = _WITH_OFFSET.search(content) if _OF_ISO_TIMES.search(attributes) else None
        if found is not None:
            reference = _REFERENCE.search(attributes)
            if reference is None:
                raise ValueError(f"the time {found[1]} in a cell without its reference")
            line, column = coordinate_to_tuple(reference[1])
            yield line, column - 1, found[1]


def with_offsets(rows: NumberedRows, times: Iterator[tuple[int, int, str]]) -> NumberedRows:
    """The rows with the texts of ISO times that state an offset, which openpyxl leaves out."""
    at = next(times, None)
    for line, row in rows:
        texts = {}
        while at is not None and at[0] <= line:
            texts.update({at[1]: at[2]} if at[0] == line else {})
            at = next(times, None)
        yield line, tuple(_with_offset(cell, texts.get(i)) for i, cell in enumerate(row)) if texts else row


def _with_offset(cell: Any, text: str | None) -> Any:
    return text if text is not None and isinstance(cell, date) else cell


def _found(sheet: IO[bytes], pattern: re.Pattern[bytes], needed: tuple[bytes, ...]) -> Iterator[tuple[str, ...]]:
    """The groups of every match in a stream; no match is longer than `_LONGEST`, and all have one of `needed`."""
    held = b""
    while True:
        chunk = sheet.read(_CHUNK)
        held += chunk
        done = 0
        for match in pattern.finditer(held) if any(each in held for each in needed) else ():
            if chunk and match.start() > len(held) - _LONGEST:
                break
            yield tuple(group.decode("utf-8", "replace") for group in match.groups())
            done = match.end()
        if not chunk:
            return
        held = held[max(done, len(held) - _LONGEST) :]
