"""After kill -9 at any call, fsck finds nothing wrong; the import goes on to the same end, and fsck is clean again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import veriwatt
from tests.faults import killed_import
from tests.faults.fsck_home import check, import_into, problem_lines

ROOTS = (Path(veriwatt.__file__).parents[1], Path(__file__).parents[2])


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=[pytest.mark.slow, pytest.mark.timeout(600)])])
def test_killed_before_any_call_a_home_is_clean_and_so_is_its_continuation(step: int, worlds: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, ROOTS))}
    script = [sys.executable, killed_import.__file__, str(worlds), str(step)]
    subprocess.run(script, check=True, env=environment, timeout=500)
    homes = sorted((worlds / "homes").iterdir())
    assert len(homes) * step > 60, "the sweep cut next to nothing"
    source = worlds / "source" / f"plant_0_{killed_import.DAYS}.csv"
    for home in homes:
        report = check(home)
        assert report.ok, f"{home.name}: {problem_lines(report)}"
        import_into(home, source, frames_per_anchor=killed_import.FRAMES_PER_ANCHOR)
        report = check(home)
        assert report.ok, f"{home.name}, after the rest: {problem_lines(report)}"
        assert report.checked["frames"] == report.checked["index_rows"] == report.checked["spool_frames"]
