"""A node that lost acknowledged frames, filled again by the terminals that have receipts for them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.fsck_home import check
from veriwatt.node.home import Home
from veriwatt.testing.fleet import Fleet
from veriwatt.testing.small_terminal import ORG

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
    """Every terminal calls; then the node, which took nothing new so far, is started without --refill."""
    assert fleet.start("--refill") is None, fleet.log()
    for _ in range(rounds):
        for terminal in fleet.terminals:
            if not terminal.work():
                assert terminal.errors[-1] in ("log-host-behind", "frame-refused"), fleet.log()
    fleet.stop()
    assert fleet.start() is None, fleet.log()
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
    fleet.wait_for_mark()
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


def test_with_refill_nothing_new_is_accepted_before_a_terminal_has_shown_the_loss(fleet: Fleet) -> None:
    """The home is from a backup, and the terminal that calls first has no receipt that is newer than it."""
    work(fleet, 2)
    fleet.stop()
    backup = fleet.copy("backup")
    assert fleet.start() is None
    first, second, away = fleet.terminals
    for _ in range(3):
        for terminal in (first, second):
            terminal.make(1)
            assert terminal.work()
    fleet.kill()
    fleet.restore(backup)
    away.make(1)
    fleet.terminals = [away, first, second]
    assert fleet.start("--refill") is None
    assert not away.work()
    assert away.errors == ["frame-refused"]
    assert away.unfinished() == 1, "its frame waits"
    end = time.monotonic() + 20
    while '"refill-holds"' not in fleet.log() and time.monotonic() < end:
        time.sleep(0.1)
    assert '"unheard": ["t0", "t1"' in fleet.log()
    fleet.kill()
    refill(fleet)
    check_whole(fleet, 3 * 2 + 2 * 3 + 1)


@pytest.mark.parametrize("gone", ["high-water", f"high-water/{ORG}"])
def test_a_node_without_its_high_water_mark_does_not_start_until_the_page_is_followed(fleet: Fleet, gone: str) -> None:
    """The end of the journal is missing too, and nothing else in the home shows it."""
    work(fleet, 2)
    journal = fleet.home / "chains" / ORG / "journal"
    shutil.copytree(journal, fleet.folder / "before")
    work(fleet, 3)
    fleet.wait_for_mark()
    fleet.kill()
    shutil.rmtree(journal)
    shutil.copytree(fleet.folder / "before", journal)
    (fleet.home / "readings.duckdb").unlink()
    (fleet.home / gone).rename(fleet.folder / "away")
    before = len(fleet.log())
    assert fleet.start() == 4
    events = [json.loads(line) for line in fleet.log()[before:].splitlines() if line.startswith("{")]
    critical = [event for event in events if event["level"] == "critical"]
    assert [(event["event"], event["code"]) for event in critical] == [("not-started", "high-water-lost")]
    assert str(fleet.home / "high-water" / ORG) in critical[0]["why"]
    (line,) = lines_of_the_page("If only the high-water mark is missing")
    assert line.removesuffix(" --home works --refill") == "veriwatt node run"
    assert "`veriwatt node run --refill`" in critical[0]["why"]
    assert "docs/operations/restore.md" in critical[0]["why"]
    refill(fleet)
    check_whole(fleet, 3 * 5)
    fleet.stop()
    assert check(fleet.home).ok


PAGE = Path(__file__).parents[2] / "docs" / "operations" / "restore.md"
COMMAND = f"veriwatt() {{ '{sys.executable}' -c 'from veriwatt.cli import main; main()' \"$@\"; }}"


def lines_of_the_page(title: str) -> list[str]:
    """The command lines of one section of the page, as written."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"\n## {title}\n")
    return re.findall(r"^    (.+)$", rest.partition("\n## ")[0], re.MULTILINE)


def run_line(fleet: Fleet, line: str) -> subprocess.CompletedProcess[str]:
    """A line of the page, in the folder that has the home as `works`."""
    script = ["bash", "-c", f"{COMMAND}\n{line}"]
    return subprocess.run(script, cwd=fleet.folder, check=False, capture_output=True, text=True)


def lose_chain(fleet: Fleet) -> None:
    """The home is `works` now, as the page calls it, and its disk lost the frames."""
    fleet.home.rename(fleet.folder / "works")
    shutil.rmtree(fleet.folder / "works" / "chains")
    shutil.rmtree(fleet.folder / "works" / "objects")


MAPPING = """
[file]
timestamp = "time"
format = "%Y-%m-%d %H:%M"
stamp = "end"
clock = "+08:00"

[[point]]
id = "steel"
column = "MWh"
energy = "electricity"
kind = "interval"
unit = "MWh"
slot = "15m"
timezone = "+08:00"
"""
QUERY = "veriwatt query steel --from 2026-09-01 --to 2026-09-02 --every 1d --home {} --json"


def test_the_procedure_of_the_page_brings_everything_back(fleet: Fleet) -> None:
    """The lines of the page, as written, in a folder with `works` and `backup`; the ledger is not lost."""
    work(fleet, 2)
    fleet.stop()
    fleet.copy("backup")
    assert fleet.start() is None
    work(fleet, 2)
    fleet.stop()
    assert fleet.start() is None
    work(fleet, 2)
    fleet.wait_for_mark()
    fleet.kill()
    lose_chain(fleet)
    lines = lines_of_the_page("Restore")
    assert lines[-1] == "veriwatt node run --home works --refill"
    for line in lines[:-1]:
        done = run_line(fleet, line)
        assert done.returncode == (4 if "fsck" in line else 0), (line, done)
        assert "fsck" not in line or "lost frames 12 to 17" in done.stdout + done.stderr
    (fleet.folder / "works").rename(fleet.home)
    refill(fleet)
    fleet.stop()
    report = check(fleet.home)
    assert report.ok, report.problems
    assert fleet.start() is None
    check_whole(fleet, 3 * 6)


def test_keys_and_imports_after_the_backup_come_back_by_the_page_too(fleet: Fleet) -> None:
    work(fleet, 1)
    fleet.stop()
    fleet.copy("backup")
    (fleet.folder / "steel.csv").write_text("time,MWh\n2026-09-01 00:15,0.5\n2026-09-01 00:30,0.25\n")
    (fleet.folder / "steel.toml").write_text(MAPPING)
    for line in (
        "veriwatt member rekey owner --home home",
        "veriwatt import steel.csv --mapping steel.toml --home home",
    ):
        done = run_line(fleet, line)
        assert done.returncode == 0, done
    known = run_line(fleet, QUERY.format("home"))
    assert known.returncode == 0
    lose_chain(fleet)
    for line in lines_of_the_page("Restore")[:-1]:
        run_line(fleet, line)
    (fleet.folder / "works").rename(fleet.home)
    assert fleet.start("--refill") is None, fleet.log()
    fleet.stop()
    assert check(fleet.home).ok, check(fleet.home).problems
    asked = run_line(fleet, QUERY.format("home"))
    assert asked.stdout == known.stdout
    assert run_line(fleet, "veriwatt member add ida --role reader --home home").returncode == 0


def test_the_frames_of_a_ledger_put_back_alone_are_anchored_again(fleet: Fleet) -> None:
    """The lines of the page; nothing of the chain is lost, so no terminal has to send a frame again."""
    work(fleet, 1)
    fleet.stop()
    backup = fleet.copy("backup")
    for _ in range(2):
        assert fleet.start() is None
        work(fleet, 2)
        fleet.stop()
    known = fleet.acknowledged()
    fleet.restore(backup, ("ledger",))
    assert fleet.start() == 4
    assert "the ledger lost the anchors of frames 3 to 14" in fleet.log()
    fleet.home.rename(fleet.folder / "works")
    fsck, remove, run = lines_of_the_page("If only the ledger is from a backup")
    assert run_line(fleet, fsck).returncode == 4
    assert run_line(fleet, remove).returncode == 0
    assert run == "veriwatt node run --home works --refill"
    (fleet.folder / "works").rename(fleet.home)
    assert fleet.start("--refill") is None, fleet.log()
    fleet.stop()
    assert fleet.start() is None, "the frames are anchored again, so the node starts without --refill"
    fleet.stop()
    assert fleet.lost(known) == []
    with Home(fleet.home) as home:
        assert home.org_log(ORG).chain.anchored_size == len(known)
    assert {"the frame belongs elsewhere" in each.what for each in check(fleet.home).problems} == {True}


def test_a_ledger_that_lost_blocks_does_not_hide_the_lost_frames(fleet: Fleet) -> None:
    work(fleet, 1)
    fleet.stop()
    backup = fleet.copy("backup")
    assert fleet.start() is None
    work(fleet, 2)
    fleet.stop()
    assert fleet.start() is None
    work(fleet, 1)
    fleet.kill()
    known = fleet.acknowledged()
    fleet.restore(backup)
    assert fleet.start() is None
    assert not fleet.terminals[0].work()
    assert fleet.wait_until_ended(30) == 4
    assert fleet.start("--refill") is None
    for _ in range(2):
        for terminal in fleet.terminals:
            assert not terminal.work()
    assert {terminal.errors[-1] for terminal in fleet.terminals} == {"older-than-trusted"}
    fleet.stop()
    assert fleet.lost(known) == []
