"""What the format of a cell of a workbook says, and cells that state no value that can be taken as it is stored.

No column accepts the texts of these: formulas without a saved value, which begin with "=", and numbers that Excel shows
multiplied or divided.
"""

from __future__ import annotations

import re
from functools import lru_cache

FORMULA = "a formula without a saved value; open the workbook in Excel and save it"

SCALED = (
    "Excel shows another number than the one stored, by the format of the cell; "
    "in the workbook, give the column the format General, write the numbers that are meant, in the unit of the point, "
    "and save it"
)

_IN_FORMAT = re.compile(r"[-+.0-9e]+ in the format (.+)", re.DOTALL)
_LITERAL = re.compile(r'"[^"]*"|[\\_*].|\[[^\]]*\]')
"""What a format shows as it stands or leaves blank, and its colours and conditions."""

_SCALING = re.compile(r"%|[0#?],+(?![,0#?])")
"""A per cent sign, which multiplies by 100; commas behind the last digit before a point, which divide by 1000 each."""


@lru_cache(maxsize=1024)
def is_scaling(number_format: str) -> bool:
    """Whether numbers are shown multiplied or divided in a format, or in some of its sections."""
    return _SCALING.search(_LITERAL.sub("", number_format)) is not None


@lru_cache(maxsize=1024)
def shows_date_alone(number_format: str) -> bool:
    """Whether a time in this format is shown as a date without a time of the day."""
    shown, _, _ = _LITERAL.sub("", number_format).lower().partition(";")
    return any(part in shown for part in "dy") and not any(part in shown for part in "hs")


def scaled(number: float, number_format: str) -> str:
    """The text of a number in such a format."""
    return f"{number!r} in the format {number_format}"


def why_unreadable(text: str) -> str | None:
    """The reason for which a text is that of such a cell; None if it is not."""
    if text.startswith("="):
        return FORMULA
    found = _IN_FORMAT.fullmatch(text)
    return SCALED if found and is_scaling(found[1]) else None
