"""What a figure says of itself beside its number, in the words of the pages: commands print the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from veriwatt.web.words import DEFAULT, catalogue, text

FLAGS = ("partial", "bridged", "cut")
STEPS = (
    "exchange",
    "restart",
    "outlier",
    "rollover",
    "fall",
    "implausible",
    "open",
    "provisional",
    "at_least",
    "not_stated",
    "confirmed",
    "beside_fall",
)
"""Kinds of steps of a register that a row counts (docs/spec/slots-and-periods.md)."""


def figure_marks(row: Mapping[str, Any], language: str = DEFAULT) -> list[str]:
    """The marks of a row of figures, most telling first; none of a figure that is plainly what it says.

    static/marks.js says the same of the same row.
    """
    return [text(catalogue(language), f"mark.{name}", count=count) for name, count in _marks(row)]


def no_value(row: Mapping[str, Any], language: str = DEFAULT) -> str:
    """What stands in the place of a value that a row does not have: a reading that counts no advance is a reading."""
    if row["measured"] + row["estimated"] + row["manual"]:
        key = "status.uncounted"
    elif not row["expected"]:
        key = "status.no-slot"
    else:
        key = "tile.none" if row["due"] else "status.not-due"
    return text(catalogue(language), key)


def stated_statuses(row: Mapping[str, Any], language: str = DEFAULT) -> list[str]:
    """The slots of a row whose value is estimated or manual, as the pages count them."""
    words = catalogue(language)
    return [f"{text(words, f'status.{status}')} {row[status]}" for status in ("estimated", "manual") if row[status]]


def _marks(row: Mapping[str, Any]) -> Iterator[tuple[str, int | str]]:
    yield from ((flag, 1) for flag in FLAGS if row.get(flag))
    steps = row.get("steps") or {}
    yield from ((kind, steps[kind]) for kind in STEPS if steps.get(kind))
    if row.get("stated_by_owner"):
        yield "stated_by_owner", f"{row['stated_by_owner']} {row['unit']}"
