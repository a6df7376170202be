"""fsck beside a process that writes: growth of the home is not reported as damage, and the writer is not disturbed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.faults.fsck_home import check, import_into, make_home, problem_lines, write_source
from veriwatt.node.home import Home

DAYS, IMPORTS, ROUNDS = 9, 6, 5
"""Days of one import, imports of one round, and rounds: the home is checked for as long as a round goes on."""

WRITER = f"""
import sys
from itertools import count, islice
from pathlib import Path
from tests.faults.fsck_home import import_into, write_source
home, folder = map(Path, sys.argv[1:])
days = count(3, {DAYS})
for line in sys.stdin:
    for first in islice(days, {IMPORTS}):
        import_into(home, write_source(folder, {DAYS}, first=first), frames_per_anchor=3)
    (folder / f"done_{{line.strip()}}").touch()
"""


def test_fsck_finds_no_problem_in_a_home_that_is_being_written(worlds: Path) -> None:
    home = make_home(worlds / "home", write_source(worlds, 3), frames_per_anchor=3, view=False)
    roots = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "src")]
    program = [sys.executable, "-c", f"import sys; sys.path[:0] = {roots!r}\n{WRITER}", str(home), str(worlds)]
    seen = set[int]()
    with subprocess.Popen(program, stdin=subprocess.PIPE, text=True) as writer:
        assert writer.stdin is not None
        for each in range(ROUNDS):
            print(each, file=writer.stdin, flush=True)
            while not (worlds / f"done_{each}").exists() and writer.poll() is None:
                report = check(home)
                assert not report.problems, problem_lines(report)  # a view that is never at rest is not compared
                seen.add(report.checked["frames"])
        writer.stdin.close()
    assert writer.returncode == 0
    report = check(home)
    assert report.ok, problem_lines(report)
    assert len(seen) >= ROUNDS
    assert report.checked["frames"] == 3 + ROUNDS * IMPORTS * DAYS


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
