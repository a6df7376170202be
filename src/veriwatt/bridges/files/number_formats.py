"""What number formats of a workbook (ECMA-376, part 1, 18.8.31) show otherwise than it is stored.

Excel multiplies under a per cent sign and divides under commas behind the digits. A format may also show, as it stands,
what people take for a part of the number: a point between its digits, a further digit, the sign of a negative number
before one that is not; or show a negative number without any sign.
"""

from __future__ import annotations

import re
from functools import lru_cache

ALL, NONE = frozenset((-1, 0, 1)), frozenset[int]()

_LITERAL = re.compile(r'"[^"]*"|[\\_*].|\[[^\]]*\]')
"""What a format shows as it stands or leaves blank, and its colours and conditions."""

_SCALING = re.compile(r"%|[0#?],+(?![,0#?])")
"""A per cent sign, which multiplies by 100; commas behind the last digit before a point, which divide by 1000 each."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<blank>[_*].)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<brackets>[^\]]*)\]'
    r"|(?P<digits>General|E[-+]|/ *[0-9#?]+|[0#?.,%]+)|(?P<bare>.)",
    re.DOTALL | re.IGNORECASE,
)
_DIGITS, _RED, _CONDITION = "\0", "\1", "\2"
"""Stand in a section of a format for the digits of the number, the colour of negative numbers, and a condition."""

_MINUS = tuple("-\u2010\u2011\u2012\u2013\u2212\u25b2\u25b3")
"""Dashes, and the triangles by which Japanese accounts mark a negative number."""

_FURTHER_DIGITS = re.compile(r"\0\s*[.,\u00b7\u066b]\s*\0|\0[.,]?[0-9]|[0-9][.,]?\0")


@lru_cache(maxsize=1024)
def shown_otherwise(number_format: str) -> frozenset[int]:
    """Of which numbers a format shows another one than is stored: the signs of these, of -1, 0 and 1."""
    sections = _sections(number_format)
    is_scaling = _SCALING.search(_LITERAL.sub("", number_format)) is not None
    if is_scaling or any(map(_FURTHER_DIGITS.search, sections)):
        return ALL
    if any(_CONDITION in each for each in sections):
        return NONE
    if len(sections) == 1:
        return frozenset((-1, 1)) if _has_sign(sections[0]) else NONE
    signs = {1} if _has_sign(sections[0]) else set[int]()
    if _DIGITS in sections[1] and _RED not in sections[1] and not _has_sign(sections[1]):
        signs.add(-1)
    return frozenset(signs)


@lru_cache(maxsize=1024)
def shows_date_alone(number_format: str) -> bool:
    """Whether a time in this format is shown as a date without a time of the day."""
    shown, _, _ = _LITERAL.sub("", number_format).lower().partition(";")
    return any(part in shown for part in "dy") and not any(part in shown for part in "hs")


def _sections(number_format: str) -> list[str]:
    """What is shown of positive, negative and zero numbers, or of all."""
    sections = [""]
    for token in _TOKEN.finditer(number_format):
        match token.lastgroup, token[token.lastgroup or 0]:
            case "bare", ";":
                sections.append("")
            case "digits", _:
                sections[-1] = sections[-1].removesuffix(_DIGITS) + _DIGITS
            case "blank", _:
                sections[-1] += " "
            case "brackets", text:
                is_red = text.lower() in ("red", "color3", "color 3")
                sections[-1] += _RED if is_red else _CONDITION if text[:1] in ("<", ">", "=") else ""
            case _, text:
                sections[-1] += text
    return sections[:3]


def _has_sign(section: str) -> bool:
    """Whether the digits of a section have a negative sign before or behind them, or stand in parentheses."""
    if _DIGITS not in section:
        return False
    before = section.replace(_RED, "").partition(_DIGITS)[0].strip()
    behind = section.rpartition(_DIGITS)[2].strip()
    in_parentheses = "(" in before and ")" not in before
    return in_parentheses or before.startswith(_MINUS) or before.endswith(_MINUS) or behind in _MINUS
