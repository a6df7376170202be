"""Rows of the accept path beside bare verification, by the benchmark's own functions."""

from __future__ import annotations

from tests.drills.rows import Row
from veriwatt.cli.bench import ingest


def bench_rows() -> list[Row]:
    ratios = {figure.name: figure.ratio for figure in ingest.measure() if figure.ratio is not None}
    return [
        Row("accept, of the floor", round(ratios["accept"], 3), "ratio", "<= 1.45"),
        Row("frames_2, of the floor", round(ratios["frames_2"], 3), "ratio", ">= 1.35"),
    ]
