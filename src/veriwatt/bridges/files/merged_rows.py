"""Cells of a workbook that are merged over several rows, or several columns of points: one value for several slots.

The file has the value in the first of them, and nothing in the others, which are no gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from veriwatt.bridges.files.sheet_cells import in_merged
from veriwatt.bridges.files.sheet_xml import MergedCells, NumberedRows


def merged_as_texts(rows: NumberedRows, asked: Sequence[int], merged: Sequence[MergedCells]) -> NumberedRows:
    """The rows; a cell in a column `asked` that is merged with another row or such column is a text none accepts.

    Merged cells without a value are empty, as all others are.
    """
    waiting = sorted((each for each in merged if _takes_several(each, asked)), key=lambda each: -each.first_line)
    if not waiting:
        yield from rows
        return
    current = dict[int, MergedCells]()
    for line, row in rows:
        while waiting and waiting[-1].first_line <= line:
            begun = waiting.pop()
            if begun.first_line < line or row[begun.first_column : begun.first_column + 1] != (None,):
                current |= dict.fromkeys(_columns(begun, asked), begun)
        current = {i: each for i, each in current.items() if each.last_line >= line}
        if current:
            row = tuple(_text(cell, current.get(i)) for i, cell in enumerate(row))  # noqa: PLW2901
        yield line, row


def _columns(merged: MergedCells, asked: Sequence[int]) -> list[int]:
    return [i for i in dict.fromkeys(asked) if merged.first_column <= i <= merged.last_column]


def _takes_several(merged: MergedCells, asked: Sequence[int]) -> bool:
    columns = _columns(merged, asked)
    return len(columns) > 1 or (bool(columns) and merged.last_line > merged.first_line)


def _text(cell: Any, merged: MergedCells | None) -> Any:
    return cell if merged is None else in_merged("" if cell is None else str(cell), merged.name)
