"""A node that lost acknowledged frames, filled again by the terminals that have receipts for them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.store.high_water import MARK_EVERY
from veriwatt.testing.fleet import ORG, Fleet
from veriwatt.units import SECOND

CHAIN = ("chains", "objects", "index.db", "index.db-wal", "index.db-shm", "readings.duckdb", "readings.duckdb.wal")
"""What a data chain consists of, without the ledger and the high-water mark."""


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(tmp_path, 3)
    assert made.start() is None
    try:
        yield made
    finally:
        made.close()


def work(fleet: Fleet, rounds: int, frames: int = 1) -> None:
    """The terminals frame and deliver in turn, so that their frames lie between one another in the chain."""
    for _ in range(rounds):
        for terminal in fleet.terminals:
            terminal.make(frames)
            assert terminal.work(), (terminal.errors, fleet.log())


def refill(fleet: Fleet, rounds: int = 3) -> None:
    assert fleet.start("--refill") is None, fleet.log()
    for _ in range(rounds):
        done = [terminal.work() for terminal in fleet.terminals]
    assert all(done), ([terminal.errors for terminal in fleet.terminals], fleet.log())


def check_whole(fleet: Fleet, acknowledged: int) -> None:
    """Everything that was acknowledged has its position, and the terminals go on."""
    known = fleet.acknowledged()
    assert len(known) == acknowledged
    work(fleet, 2)
    fleet.stop()
    assert fleet.lost(known) == []
    assert fleet.start() is None, "the chain is whole, so the node starts without --refill"
    for terminal in fleet.terminals:
        assert terminal.work(), terminal.errors
        assert terminal.unfinished() == 0


def test_a_cut_journal_is_filled_again_at_the_same_positions(fleet: Fleet) -> None:
    work(fleet, 2)
    journal = fleet.home / "chains" / ORG / "journal"
    shutil.copytree(journal, fleet.folder / "before")
    work(fleet, 4, frames=2)
    time.sleep(2 * MARK_EVERY / SECOND)
    fleet.kill()
    shutil.rmtree(journal)
    shutil.copytree(fleet.folder / "before", journal)
    assert fleet.start() == 4
    assert "lost frames 6 to 29" in fleet.log()
    refill(fleet)
    check_whole(fleet, 3 * 2 + 3 * 8)


def test_a_chain_that_is_older_than_its_ledger_is_filled_again(fleet: Fleet) -> None:
    work(fleet, 2)
    fleet.stop()
    backup = fleet.copy("backup")
    assert fleet.start() is None
    work(fleet, 3)
    fleet.stop()
    assert fleet.start() is None
    work(fleet, 2)
    fleet.kill()
    fleet.restore(backup, CHAIN)
    assert fleet.start() == 4
    assert "lost frames 6 to" in fleet.log()
    refill(fleet)
    check_whole(fleet, 3 * 7)


def test_a_home_restored_from_a_backup_stops_when_a_terminal_shows_its_receipt(fleet: Fleet) -> None:
    work(fleet, 2)
    fleet.stop()
    backup = fleet.copy("backup")
    assert fleet.start() is None
    work(fleet, 3)
    fleet.kill()
    fleet.restore(backup)
    assert fleet.start() is None, "nothing in the home shows the loss"
    fleet.terminals[1].make(1)
    assert not fleet.terminals[1].work()
    assert fleet.wait_until_ended(20) == 4
    assert "lost frames 6 to 13" in fleet.log()
    refill(fleet)
    check_whole(fleet, 3 * 5 + 1)


def test_frames_whose_acknowledgement_was_lost_take_their_places_again(fleet: Fleet) -> None:
    work(fleet, 2)
    journal = fleet.home / "chains" / ORG / "journal"
    shutil.copytree(journal, fleet.folder / "before")
    for terminal in fleet.terminals[:2]:
        terminal.make(2)
        terminal.deliver_unheard()
    fleet.terminals[2].make(1)
    assert fleet.terminals[2].work()
    fleet.kill()
    shutil.rmtree(journal)
    shutil.copytree(fleet.folder / "before", journal)
    refill(fleet, 4)
    check_whole(fleet, 3 * 2 + 4 + 1)
