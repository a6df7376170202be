"""The text of a point id, and what it looks like: an id has one spelling, and no other id of its org looks like it.

Characters are judged by Unicode 3.2, which every Python has, so that every node and verifier judges alike whatever
its own Unicode version is. Spec: docs/spec/encoding.md, section 4.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import ucd_3_2_0 as unicode32

from veriwatt.errors import Malformed

_LATIN_FROM = {
    "А": "A", "В": "B", "Е": "E", "Ѕ": "S", "І": "I", "Ј": "J", "К": "K", "М": "M", "Н": "H", "О": "O", "Р": "P",
    "С": "C", "Т": "T", "У": "Y", "Х": "X", "Ү": "Y", "а": "a", "е": "e", "ѕ": "s", "і": "i", "ј": "j", "о": "o",
    "р": "p", "с": "c", "у": "y", "х": "x", "һ": "h", "Һ": "h", "ԁ": "d",
    "Α": "A", "Β": "B", "Ε": "E", "Ζ": "Z", "Η": "H", "Ι": "I", "Κ": "K", "Μ": "M", "Ν": "N", "Ο": "O", "Ρ": "P",
    "Τ": "T", "Υ": "Y", "Χ": "X", "ν": "v", "ο": "o", "α": "a", "ι": "i", "ρ": "p",
}  # fmt: skip
"""Cyrillic and Greek letters, each with the Latin letter that it looks like."""

_SAME_GLYPH = str.maketrans(
    dict.fromkeys("O0〇", "o")
    | dict.fromkeys("1I|", "l")
    | dict.fromkeys("‐‒–—―−ー一", "-")
    | dict.fromkeys("’‘`´ʼ", "'")
    | {"ロ": "口", "ニ": "二", "カ": "力", "ト": "卜", "エ": "工", "タ": "夕", "ハ": "八"}
)
_TO_LATIN = str.maketrans(_LATIN_FROM)
_CAPITALS = (
    *range(0x41, 0x5B),
    *range(0xC0, 0xD7),
    *range(0xD8, 0xDF),
    *range(0x391, 0x3A2),
    *range(0x3A3, 0x3AA),
    *range(0x410, 0x430),
)
_SMALL = {code: code + 0x20 for code in _CAPITALS} | {code: code + 0x50 for code in range(0x400, 0x410)}
"""Latin, Greek and Cyrillic capitals: a fixed table, so that nodes with other Unicode tables cannot disagree."""

_PAIRS = (("rn", "m"), ("vv", "w"), ("VV", "W"))
_INVISIBLE = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0") | {
    chr(code) for code in range(0xFE00, 0xFE10)
}
_PLAIN = re.compile("[!-~]+(?: [!-~]+)*")
"""What is ASCII has its one spelling, once its blanks are single ones between words."""

_BLANKS = re.compile(r"[ \t\n\v\f\r]+")


def normal_id(text: str) -> str:
    """The one spelling of an id that was taken from a file: NFKC, each run of blanks one blank, none at the ends."""
    return _BLANKS.sub(" ", unicode32.normalize("NFKC", text)).strip(" ")


@lru_cache(1 << 14)  # definitions repeat, version after version
def check_id_text(point: str) -> str:
    """Return `point` if it has its one spelling, of visible characters and no word of mixed alphabets.

    Raises:
        Malformed: otherwise; the message says what is wrong.
    """
    if _PLAIN.fullmatch(point):
        return point
    if normal_id(point) != point:
        raise Malformed(f"point id {point!r} is not in its one spelling, which is {normal_id(point)!r} (NFKC)")
    for letter in point:
        if letter != " " and (unicode32.category(letter)[0] not in "LMNPS" or letter in _INVISIBLE):
            raise Malformed(f"point id {point!r} has U+{ord(letter):04X}, which cannot be seen or is unknown")
    for word in _words(point):
        if any(letter in _LATIN_FROM for letter in word) and re.search("[A-Za-z]", word):
            raise Malformed(f"point id {point!r} mixes Latin letters with letters that look like them in {word!r}")
    return point


def check_title(title: str, what: str) -> str:
    """Return `title` if a page, a console and a spreadsheet show it as it is.

    Its characters can be seen, single blanks stand between them, and it begins as no formula does.

    Raises:
        Malformed: otherwise; the message names `what`.
    """
    if title != title.strip() or "  " in title:
        raise Malformed(f"{what} {title!r} has blanks at its ends or more than one together")
    for letter in title:
        if letter != " " and (unicode32.category(letter)[0] not in "LMNPS" or letter in _INVISIBLE):
            raise Malformed(f"{what} {title!r} has U+{ord(letter):04X}, which cannot be seen or is unknown")
    if title.startswith(("=", "+", "-", "@")):
        raise Malformed(f"{what} {title!r} begins as a formula does; begin it with a letter")
    return title


def _words(text: str) -> list[str]:
    """The longest runs of letters."""
    return "".join(letter if unicode32.category(letter)[0] == "L" else " " for letter in text).split(" ")


@lru_cache(1 << 14)
def small_skeleton(text: str) -> str:
    """What `text` looks like in small letters: no two names of a scope differ in capitals alone."""
    return skeleton(normal_id(text).translate(_SMALL))  # step 0


def skeleton(text: str) -> str:
    """What `text` looks like: two texts with one skeleton are easily taken for each other."""
    shown = normal_id(text).translate(_TO_LATIN).translate(_SAME_GLYPH)  # steps 1, 2, 3
    for pair, letter in _PAIRS:  # step 4
        shown = shown.replace(pair, letter)
    return shown
