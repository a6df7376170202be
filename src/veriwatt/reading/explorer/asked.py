"""What a text in the search box may mean, by its form alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.frames.number import FrameNumber
from veriwatt.units import UtcMillis

LONGEST = 256
"""Characters of a search."""

SHORTEST_HASH = 8
"""Hexadecimal digits from which on a text is looked for as the beginning of a hash."""

MAX_HEIGHT = 2**62

_HEIGHT = re.compile(r"#?(\d{1,19})")
_NUMBER = re.compile(r"(\S+?)[ /]+(\d{1,18})[/:](\d{1,18})")
_HEX = re.compile(rf"(?:0x)?([0-9a-fA-F]{{{SHORTEST_HASH},64}})")
_TIMED = re.compile(r"(.+?)(?:\s+|@)(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d\S*)?)")


@dataclass(frozen=True, slots=True)
class Asked:
    """The readings of one text; each part is None where it cannot be that.

    `slot` is the name of a point and a time, in which zone only its definition says; `frame` a terminal with a number.
    """

    text: str
    height: int | None = None
    hash: bytes | None = None
    frame: tuple[str, FrameNumber] | None = None
    time: UtcMillis | None = None
    slot: tuple[str, str] | None = None

    @property
    def meanings(self) -> list[str]:
        """What the text is looked for as, by codes; a name it may always be."""
        forms = {"height": self.height, "hash": self.hash, "frame": self.frame, "time": self.time, "slot": self.slot}
        return [*(code for code, form in forms.items() if form is not None), "name"]


def read_asked(text: str) -> Asked:
    """Read what was typed; a time without an offset is in UTC, as all times of the ledger are.

    Raises:
        Malformed: nothing was typed, or too much.
    """
    asked = text.strip()
    if not 1 <= len(asked) <= LONGEST or not asked.isprintable():
        raise Malformed(f"a search is 1 to {LONGEST} printable characters, not {text[:LONGEST]!r}")
    height, number, digits, timed = (form.fullmatch(asked) for form in (_HEIGHT, _NUMBER, _HEX, _TIMED))
    return Asked(
        asked,
        int(height[1]) if height and 0 < int(height[1]) <= MAX_HEIGHT else None,
        _hash(digits[1]) if digits else None,
        (number[1], FrameNumber(int(number[2]), int(number[3]))) if number else None,
        _time(asked),
        (timed[1], timed[2]) if timed else None,
    )


def _hash(digits: str) -> bytes | None:
    """The bytes that a hash begins with; of an odd number of digits without the last."""
    raw = bytes.fromhex(digits[: len(digits) // 2 * 2])
    return raw if len(raw) <= Digest.LENGTH else None


def _time(text: str) -> UtcMillis | None:
    try:
        return parse_time(text, Zone.parse("UTC"))
    except Malformed:
        return None
