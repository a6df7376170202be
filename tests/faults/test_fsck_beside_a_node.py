"""fsck beside a process that writes: growth of the home is not reported as damage, and the writer is not disturbed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.faults.fsck_home import check, import_into, make_home, problem_lines, write_source
from veriwatt.node.home import Home

DAYS, SIZES = 9, 6
"""Days of one import, and how many states of the home are checked while imports go on."""

WRITER = f"""
import sys
from itertools import count
from pathlib import Path
from tests.faults.fsck_home import import_into, write_source
home, folder, stop = map(Path, sys.argv[1:])
for first in count(3, {DAYS}):
    if stop.exists():
        break
    import_into(home, write_source(folder, {DAYS}, first=first), frames_per_anchor=3)
"""


def test_fsck_finds_no_problem_in_a_home_that_is_being_written(worlds: Path) -> None:
    home = make_home(worlds / "home", write_source(worlds, 3), frames_per_anchor=3, view=False)
    stop = worlds / "stop"
    roots = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "src")]
    program = f"import sys; sys.path[:0] = {roots!r}\n{WRITER}"
    seen = set[int]()
    with subprocess.Popen([sys.executable, "-c", program, str(home), str(worlds), str(stop)]) as writer:
        try:
            while len(seen) < SIZES and writer.poll() is None:
                report = check(home)
                assert not report.problems, problem_lines(report)  # a view that is never at rest is not compared
                seen.add(report.checked["frames"])
        finally:
            stop.touch()
    assert writer.returncode == 0
    report = check(home)
    assert report.ok, problem_lines(report)
    assert len(seen) == SIZES
    assert report.checked["frames"] >= max(seen)
    assert report.checked["frames"] % DAYS == 3


def test_an_open_home_can_be_checked_and_goes_on(worlds: Path) -> None:
    home = make_home(worlds / "home", write_source(worlds, 3), frames_per_anchor=3)
    with Home(home) as opened:
        opened.view()
        opened.recorder("Works")
        report = check(home)
        assert report.ok, problem_lines(report)
        assert opened.recorder("Works").finish() == 0
    assert import_into(home, write_source(worlds, 2, first=3), frames_per_anchor=3) == 2
    assert check(home).ok
