"""A correction stays the newest version of its slot, however the frames of a lost chain come back.

Of two frames that state a slot the later position counts. A refill gives every frame its old position, whoever calls
first. What is given up is not anchored; a correction is anchored, and with it all before it, when it is acknowledged.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cli_home import COMMAND
from tests.e2e.test_log_epoch import REASON, burn, journal_lost, recover
from tests.e2e.test_refill import CHAIN, refill, work
from tests.faults.fsck_home import check, problem_lines
from veriwatt.testing.fleet import Fleet

POINT, SLOT, CORRECTED = "t0.hall", "2026-09-01 00:00", "9"


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(tmp_path, 3)
    assert made.start() is None
    try:
        yield made
    finally:
        made.close()


def command(fleet: Fleet, *arguments: str) -> str:
    line = [*COMMAND, *arguments, "--home", str(fleet.home)]
    done = subprocess.run(line, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def value(fleet: Fleet) -> str:
    """The figure of the slot."""
    span = ["--from", SLOT, "--to", "2026-09-01 00:15", "--every", "15m"]
    (row,) = json.loads(command(fleet, "query", POINT, *span, "--json"))["rows"]
    found: str = row["value"]
    return found


def correct(fleet: Fleet) -> None:
    """The first slot of the first terminal is corrected, while it waits for an anchor."""
    assert value(fleet) == "5.00"
    command(fleet, "correct", POINT, SLOT, CORRECTED, "--reason", "read from the meter")
    assert float(value(fleet)) == float(CORRECTED)


def test_a_refill_puts_a_correction_after_the_value_that_it_corrects(fleet: Fleet) -> None:
    fleet.stop()
    backup = fleet.copy("backup")
    assert fleet.start() is None
    work(fleet, 2)
    correct(fleet)
    work(fleet, 1)
    fleet.kill()
    fleet.restore(backup, CHAIN)
    assert fleet.start() == 4
    assert "lost frames 0 to" in fleet.log()
    fleet.terminals.reverse()  # the terminal whose value was corrected calls last
    refill(fleet)
    fleet.stop()
    assert float(value(fleet)) == float(CORRECTED)
    assert check(fleet.home).ok, problem_lines(check(fleet.home))


def test_frames_that_are_given_up_leave_a_correction_where_it_is(fleet: Fleet) -> None:
    work(fleet, 2)
    correct(fleet)
    work(fleet, 1)
    journal_lost(fleet, 2)
    burn(fleet, 2)
    code, shown = recover(fleet)
    assert code == 0
    code, _ = recover(fleet, "--give-up", str(shown["missing"]), "--reason", REASON)
    assert code == 0
    assert fleet.start() is None
    for _ in range(2):
        for terminal in reversed(fleet.terminals):
            assert terminal.work(), (terminal.errors, fleet.log())
    fleet.stop()
    assert float(value(fleet)) == float(CORRECTED)
    assert check(fleet.home).ok, problem_lines(check(fleet.home))
