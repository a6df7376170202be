"""The widths of the numbers in a strptime format, where nothing else tells where one ends and the next begins.

strptime takes a number with fewer digits wherever it can: by %H%M it reads "100", which a spreadsheet made of 0100, as
ten o'clock.
"""

from __future__ import annotations

import re
from functools import lru_cache

_WIDTHS = {
    **dict.fromkeys("dHImMSUVWy", r"\d\d"),
    **dict.fromkeys("YG", r"\d{4}"),
    **dict.fromkeys("uw", r"\d"),
    "j": r"\d{3}",
    "f": r"(?:\d{3}){1,2}",
}
"""The digits of each number; a fraction of a second has three or six, so that no missing zero can go unseen."""

_PIECE = re.compile(rf"(?:%[{''.join(_WIDTHS)}]|\d)+|%.|\s+|.", re.DOTALL)
_FIELD = re.compile(r"%.|\d")


@lru_cache(maxsize=64)
def full_widths(format: str) -> re.Pattern[str] | None:
    """What a text of a strptime format must match beside it: numbers that touch have all their digits.

    None if no two numbers touch. A number that stands alone may lack its leading zeros, as in 1/3/2024.
    """
    pieces = [_FIELD.findall(piece) or [piece] for piece in _PIECE.findall(format)]
    if all(len(fields) == 1 for fields in pieces):
        return None
    return re.compile("".join(map(_pattern, pieces)), re.IGNORECASE | re.DOTALL)


def _pattern(fields: list[str]) -> str:
    if len(fields) > 1:
        digits = "".join(_WIDTHS[field[1]] if field[0] == "%" else field for field in fields)
        return rf"(?<!\d){digits}(?!\d)"
    (field,) = fields
    if field.isspace():
        return r"\s*"
    return ".*" if field[0] == "%" and len(field) > 1 else re.escape(field)
