"""Rows of growth: what a long chain costs the node, a query, the view and fsck."""

from __future__ import annotations

from pathlib import Path

from tests.drills.rows import Row
from veriwatt.testing.growth import LARGE_GROUP, Growth, measure_growth

MEGABYTE = 1 << 20
WHOLE = 10**6
"""The frames for which the memory of a shorter chain is extrapolated."""


def growth_rows(folder: Path, frames: int) -> list[Row]:
    """A chain of so many frames; slopes are judged between its half and its end."""
    found = measure_growth(folder, frames)
    half, whole = found.half, found.whole
    return [
        Row("growth: frames in the chain", whole.frames, "frames", f">= {frames}"),
        Row(
            "growth: acceptance at the end, of that at the half",
            _ratio(found.last_rate, found.first_rate),
            "ratio",
            ">= 0.8",
        ),
        Row(
            "growth: processor time of a frame at the end, of that at the half",
            _ratio(whole.processor_time, half.processor_time),
            "ratio",
            "<= 1.2",
        ),
        Row("growth: memory of the node after eight kinds of question", _megabytes(whole.resident), "MB", "<= 500"),
        Row(
            "growth: memory of the node at 10^6 frames, by its slope", _megabytes(_at_a_million(found)), "MB", "<= 500"
        ),
        Row(
            "growth: memory of a query at the end, of that at the half",
            _ratio(whole.query, half.query),
            "ratio",
            "<= 1.1",
        ),
        Row("growth: slowest of eight kinds of question", round(whole.slowest, 3), "s", "<= 10"),
        Row("growth: /terminals of 2,000", round(whole.terminals, 3), "s", "<= 0.5"),
        Row(
            f"growth: receipt of the first frame of a group of {LARGE_GROUP:,} points",
            round(found.large_group, 3),
            "s",
            "<= 1",
        ),
        Row("growth: a deleted view made again beside a serving node", round(found.rebuilt), "frames/s", ">= 5000"),
        Row("growth: exit status of fsck", found.fsck_status, "status", "= 0"),
        Row("growth: memory of fsck", _megabytes(found.fsck_memory), "MB", "<= 500"),
        Row("growth: fsck, of each frame", round(found.fsck_seconds / whole.frames * 1e6), "us", "<= 300"),
        Row(
            "growth: fsck, of one core for each frame", round(found.fsck_processor / whole.frames * 1e6), "us", "<= 300"
        ),
    ]


def _at_a_million(found: Growth) -> float:
    slope = (found.whole.resident - found.half.resident) / (found.whole.frames - found.half.frames)
    return found.whole.resident + max(0.0, slope) * max(0, WHOLE - found.whole.frames)


def _ratio(value: float, of: float) -> float:
    return round(value / of, 3)


def _megabytes(count: float) -> int:
    return round(count / MEGABYTE)
