"""Counts in sentences: "1 row repeats", "2 rows repeat"."""

from __future__ import annotations


def counted(count: int, one: str, many: str) -> str:
    """The number, by thousands, before the words for one or for more; none is said like more."""
    return f"{count:,} {one if count == 1 else many}"
