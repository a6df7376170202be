"""What the format of a cell of a workbook says, and cells that state no value that can be taken as it is stored.

No column accepts the texts of these: formulas without a saved value, which begin with "=", numbers of which
Excel shows another one, and cells that are merged with those of other rows or columns.
"""

from __future__ import annotations

import re

from veriwatt.bridges.files.number_formats import shown_otherwise

FORMULA = "a formula without a saved value; open the workbook in Excel and save it"

SHOWN_OTHERWISE = (
    "Excel shows another number than the one stored, by the format of the cell; "
    "in the workbook, give the column the format General, write the numbers that are meant, in the unit of the point, "
    "and save it"
)

MERGED = (
    "one cell, which is merged, for several rows or columns; in the workbook, unmerge it and write the value of each "
    "row and column; or delete the rows without a value, and give the `slot` that the value is of"
)

_IN_MERGED, _LONGEST_RANGE = re.compile(r" in the merged cells [A-Z]+[0-9]+:[A-Z]+[0-9]+\Z"), 64
_IN_FORMAT = re.compile(r"(-?)([0-9.]+(?:e[-+][0-9]+)?) in the format (.+)", re.DOTALL)


def is_shown_otherwise(number: float, number_format: str) -> bool:
    """Whether people see another number than this one in a cell of this format."""
    return (number > 0) - (number < 0) in shown_otherwise(number_format)


def in_format(number: float, number_format: str) -> str:
    """The text of a number in such a format."""
    return f"{number!r} in the format {number_format}"


def in_merged(text: str, cells: str) -> str:
    """The text of a cell that is one with others, in the range `cells`."""
    return f"{text or 'nothing'} in the merged cells {cells}"


def why_unreadable(text: str) -> str | None:
    """The reason for which a text is that of such a cell; None if it is not."""
    if text.startswith("="):
        return FORMULA
    if _IN_MERGED.search(text[-_LONGEST_RANGE:]):
        return MERGED
    found = _IN_FORMAT.fullmatch(text)
    if found is None:
        return None
    is_zero = not found[2].partition("e")[0].strip("0.")
    sign = 0 if is_zero else -1 if found[1] else 1
    return SHOWN_OTHERWISE if sign in shown_otherwise(found[3]) else None
