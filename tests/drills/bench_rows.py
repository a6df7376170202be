"""Rows of the accept path beside bare verification, by the benchmark's command.

It has a process of its own: a helper that checks frames imports what its parent ran, and a drill takes seconds.
"""

from __future__ import annotations

import json
import subprocess

from tests.drills.rows import Row
from veriwatt.testing.node_process import CLI


def bench_rows() -> list[Row]:
    answer = json.loads(subprocess.run([*CLI, "bench", "ingest", "--json"], capture_output=True, check=True).stdout)
    ratios = {figure["name"]: figure["ratio"] for figure in answer["figures"]}
    return [
        Row("accept, of the floor", round(ratios["accept"], 3), "ratio", "<= 1.45"),
        Row("frames_2, of the floor", round(ratios["frames_2"], 3), "ratio", ">= 1.35"),
    ]
