"""Cells of a CSV file that a spreadsheet shows as they are, and never takes for a formula."""

from __future__ import annotations

import re

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def csv_cell(value: object) -> object:
    """The value; before a text that a spreadsheet would take for a formula an apostrophe, as a person would type.

    Numbers stay as they are.
    """
    if isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
