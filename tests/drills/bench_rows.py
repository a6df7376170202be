"""Rows of the accept path beside bare verification, by the benchmark's command.

It has a process of its own: a helper that checks frames imports what its parent ran, and a drill takes seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys

from tests.drills.rows import Row


def bench_rows() -> list[Row]:
    command = [sys.executable, "-c", "from veriwatt.cli import main; main()", "bench", "ingest", "--json"]
    answer = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    ratios = {figure["name"]: figure["ratio"] for figure in answer["figures"]}
    return [
        Row("accept, of the floor", round(ratios["accept"], 3), "ratio", "<= 1.45"),
        Row("frames_2, of the floor", round(ratios["frames_2"], 3), "ratio", ">= 1.35"),
    ]
