"""The drill of the node at a very small size: its parts measure a real node, and their rows hold."""

from __future__ import annotations

from pathlib import Path
from random import SystemRandom

import pytest

from tests.drills.node import PARTS, SHORT, WHOLE
from tests.drills.node_outages import damage_rows, disk_rows, live_rows
from tests.drills.rows import Row
from veriwatt.errors import Unavailable
from veriwatt.testing.fleet import Fleet

SEED = SystemRandom().randrange(10**9)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def failing(rows: list[Row]) -> list[Row]:
    return [row for row in rows if not row.holds]


def test_a_short_drill_has_every_part_of_the_whole_one_and_is_smaller() -> None:
    assert set(PARTS) == {
        *("accept", "live", "floods", "syncs", "damages", "disks"),
        *("clocks", "stopped", "restored", "growth"),
    }
    assert all(getattr(SHORT, name) < getattr(WHOLE, name) for name in SHORT.__slots__)


def test_killed_stopped_and_cut_off_processes_lose_nothing_acknowledged(tmp_path: Path) -> None:
    rows = live_rows(tmp_path / "live", SEED, 15)
    losses = [row for row in failing(rows) if row.target == "= 0"]  # how often a fault happens depends on the machine
    assert not losses, (SEED, losses)


def test_a_frame_whose_terminal_was_killed_before_it_signed_is_acknowledged_to_the_next_process(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 1)
    try:
        assert fleet.start() is None
        fleet.terminals[0].prepare(1)
        fleet.close_terminals()
        fleet.open_terminals()
        assert fleet.terminals[0].work()
        assert fleet.terminals[0].unfinished() == 0
    finally:
        fleet.close()


def test_no_random_damage_costs_a_frame_in_silence(tmp_path: Path) -> None:
    rows = damage_rows(tmp_path, SEED, 6)
    losses = [row for row in failing(rows) if row.target == "= 0"]
    assert not losses, (SEED, losses)


def test_full_and_read_only_disks_are_told_and_lose_nothing(tmp_path: Path) -> None:
    try:
        rows = disk_rows(tmp_path, SEED, 2)
    except Unavailable as error:
        pytest.skip(str(error))
    assert not failing(rows), (SEED, failing(rows))
