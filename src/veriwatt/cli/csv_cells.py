"""Cells of a CSV file that a spreadsheet shows as they are, and never takes for a formula."""

from __future__ import annotations

import re

from veriwatt.cli.output import visible

_FORMULA = ("=", "+", "-", "@", "\t")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def csv_cell(value: object) -> object:
    """The value; before a text that a spreadsheet would take for a formula an apostrophe, as a person would type.

    Numbers stay as they are; control characters are shown as escapes.
    """
    if not isinstance(value, str):
        return value
    shown = visible(value)
    return f"'{shown}" if shown.startswith(_FORMULA) and not _NUMBER.fullmatch(shown) else shown
