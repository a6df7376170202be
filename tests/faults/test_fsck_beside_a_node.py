"""fsck beside a process that writes: what grows under its eyes is no damage, and it disturbs nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.faults.fsck_home import check, import_into, make_home, told, write_source
from veriwatt.node.home import Home

WRITER = """
import sys
from pathlib import Path
from tests.faults.fsck_home import import_into
import_into(Path(sys.argv[1]), Path(sys.argv[2]), frames_per_anchor=3)
"""
DAYS = 90


def test_a_home_that_is_being_written_is_clean_whenever_it_is_looked_at(worlds: Path) -> None:
    home = make_home(worlds / "home", write_source(worlds, 3), frames_per_anchor=3, view=False)
    source = write_source(worlds, DAYS, first=3)
    roots = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "src")]
    program = f"import sys; sys.path[:0] = {roots!r}\n{WRITER}"
    with subprocess.Popen([sys.executable, "-c", program, str(home), str(source)]) as writer:
        seen = set()
        while writer.poll() is None:
            report = check(home)
            assert report.ok, told(report)
            seen.add(report.checked["frames"])
    assert writer.returncode == 0
    assert len(seen) > 2, "the writer was over before it could be watched"
    report = check(home)
    assert report.ok, told(report)
    assert report.checked["frames"] == 3 + DAYS


def test_an_open_home_can_be_checked_and_goes_on(worlds: Path) -> None:
    home = make_home(worlds / "home", write_source(worlds, 3), frames_per_anchor=3)
    with Home(home) as held:
        held.view()
        held.recorder("Works")
        report = check(home)
        assert report.ok, told(report)
        assert held.recorder("Works").finish() == 0
    assert import_into(home, write_source(worlds, 2, first=3), frames_per_anchor=3) == 2
    assert check(home).ok
