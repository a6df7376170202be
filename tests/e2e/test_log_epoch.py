"""A node that lost acknowledged frames which no spool has any more gives them up on the ledger, and goes on."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli_home import COMMAND
from tests.e2e.test_refill import lines_of_the_page, run_line
from tests.faults.fsck_home import check, problem_lines
from veriwatt.machine.anchors import queries
from veriwatt.model.chain.log_epochs import LogEpochs
from veriwatt.node.home import Home
from veriwatt.terminal.spool.receipt_book import ReceiptBook
from veriwatt.testing.fleet import Fleet
from veriwatt.testing.small_terminal import ORG

REASON = "the disk of the log host failed, and terminal t2 burnt"


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(tmp_path, 3)
    assert made.start() is None
    try:
        yield made
    finally:
        made.close()


def work(fleet: Fleet, rounds: int, terminals: slice = slice(None)) -> None:
    """The terminals frame and deliver in turn."""
    for _ in range(rounds):
        for terminal in fleet.terminals[terminals]:
            terminal.make(1)
            assert terminal.work(), (terminal.errors, fleet.log())


def journal_lost(fleet: Fleet, rounds: int) -> int:
    """The journal is what it was before the last rounds; returns the frames that are left."""
    journal, before = fleet.home / "chains" / ORG / "journal", fleet.folder / "before"
    shutil.copytree(journal, before)
    left = len(fleet.acknowledged())
    work(fleet, rounds)
    fleet.wait_for_mark()
    fleet.kill()
    shutil.rmtree(journal)
    shutil.copytree(before, journal)
    return left


def burn(fleet: Fleet, at: int) -> None:
    """A terminal is lost with its spool."""
    gone = fleet.terminals.pop(at)
    gone.close()
    fleet.equipment[at].spool.unlink()


def recover(fleet: Fleet, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit status and answer of `veriwatt node recover` in this home."""
    done = command(fleet, "--json", *arguments)
    return done.returncode, json.loads(done.stdout) if done.returncode == 0 else {}


def command(fleet: Fleet, *arguments: str) -> subprocess.CompletedProcess[str]:
    line = [*COMMAND, "node", "recover", "--home", str(fleet.home), *arguments]
    done = subprocess.run(line, check=False, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def epochs(fleet: Fleet) -> LogEpochs:
    with Home(fleet.home) as home:
        return queries.log_epochs(home.ledger, ORG)


def test_frames_are_given_up_on_a_ledger_that_lost_anchors_and_those_that_are_here_are_anchored_again(
    fleet: Fleet,
) -> None:
    work(fleet, 1)
    fleet.stop()
    backup = fleet.copy("backup")
    assert fleet.start() is None
    work(fleet, 2)
    fleet.stop()
    assert fleet.start() is None
    left = journal_lost(fleet, 2)
    fleet.restore(backup, ("ledger",))
    code, shown = recover(fleet)
    assert (code, shown["present"], shown["missing"]) == (0, left, 6)
    code, done = recover(fleet, "--give-up", "6", "--reason", REASON)
    assert (code, done["log_epoch"], done["anchored"]) == (0, 2, left)
    assert fleet.start() is None
    fleet.stop()
    with Home(fleet.home) as home:
        assert home.org_log(ORG).chain.anchored_size == left


def test_frames_that_nobody_has_any_more_are_given_up_and_the_node_goes_on(fleet: Fleet) -> None:
    work(fleet, 2)
    left = journal_lost(fleet, 4)
    known = {(each.terminal, each.seq) for each in fleet.acknowledged()}
    burn(fleet, 2)
    assert fleet.start("--refill") is None
    for terminal in fleet.terminals:
        assert not terminal.work()
        assert terminal.errors == ["log-host-behind"]
    left += 2  # up to the first frame of the terminal that burnt
    fleet.stop()
    before = (fleet.home / "ledger" / "ledger.db").read_bytes()

    code, shown = recover(fleet)
    assert (code, shown["dry_run"], shown["present"], shown["log_epoch"]) == (0, True, left, 1)
    missing = str(shown["missing"])
    assert recover(fleet, "--give-up", missing)[0] == 2, "a reason is needed"
    assert recover(fleet, "--give-up", str(int(missing) + 1), "--reason", REASON)[0] == 2
    assert epochs(fleet).present == 1
    assert (fleet.home / "ledger" / "ledger.db").read_bytes() == before

    code, done = recover(fleet, "--give-up", missing, "--reason", REASON)
    assert (code, done["log_epoch"], done["anchored"], done["dry_run"]) == (0, 2, left, False)
    (record,) = epochs(fleet).recovered
    assert (record.kept, record.lost_size) == (left, left + int(missing))
    assert recover(fleet)[0] == 1, "there is nothing more to give up"

    assert fleet.start() is None, fleet.log()
    for terminal in fleet.terminals:
        assert terminal.work(), (terminal.errors, fleet.log())
    again = {(each.terminal, each.seq) for each in fleet.acknowledged()}
    assert again == {each for each in known if each[0] != "t2"}, "what the other terminals had is there again"
    work(fleet, 2)
    acknowledged = fleet.acknowledged()
    fleet.stop()
    assert fleet.lost(acknowledged) == []
    assert check(fleet.home).ok, problem_lines(check(fleet.home))
    book = ReceiptBook(fleet.terminals[0].spool.file)
    assert book.log_epoch() == 2
    given_up = [each for each in fleet.terminals[0].spool.placed(0) if book.given_up(each.number)]
    assert given_up, "the receipts of the log host are kept"


def test_a_terminal_that_was_away_learns_of_the_epoch_when_it_calls_again(fleet: Fleet) -> None:
    """The chain may be longer by then than what the terminal has seen."""
    work(fleet, 1)
    journal_lost(fleet, 2)
    burn(fleet, 2)
    missing = str(recover(fleet)[1]["missing"])
    assert recover(fleet, "--give-up", missing, "--reason", REASON)[0] == 0
    assert fleet.start() is None
    work(fleet, 12, slice(0, 1))
    fleet.stop()
    assert fleet.start() is None
    fleet.terminals[1].make(1)
    assert fleet.terminals[1].work(), (fleet.terminals[1].errors, fleet.log())
    assert fleet.terminals[1].unfinished() == 0
    acknowledged = fleet.acknowledged()
    fleet.stop()
    assert fleet.lost(acknowledged) == []
    assert check(fleet.home).ok, problem_lines(check(fleet.home))


def test_nothing_is_given_up_of_a_whole_chain_or_of_what_is_anchored(fleet: Fleet) -> None:
    work(fleet, 2)
    fleet.stop()
    backup = fleet.copy("backup")
    assert recover(fleet, "--give-up", "1", "--reason", REASON)[0] == 1
    assert fleet.start() is None
    work(fleet, 2)
    fleet.stop()
    fleet.restore(backup, ("chains", "objects", "index.db", "readings.duckdb"))
    done = command(fleet, "--give-up", "6", "--reason", REASON)
    assert done.returncode == 1
    assert "cannot be given up" in done.stderr
    assert epochs(fleet).present == 1


def test_a_second_loss_opens_a_third_epoch(fleet: Fleet) -> None:
    work(fleet, 1)
    journal_lost(fleet, 2)
    burn(fleet, 2)
    missing = str(recover(fleet)[1]["missing"])
    assert recover(fleet, "--give-up", missing, "--reason", REASON)[0] == 0
    assert fleet.start() is None
    for terminal in fleet.terminals:
        assert terminal.work(), (terminal.errors, fleet.log())
    shutil.rmtree(fleet.folder / "before")
    journal_lost(fleet, 2)
    burn(fleet, 1)
    missing = str(recover(fleet)[1]["missing"])
    assert recover(fleet, "--give-up", missing, "--reason", REASON)[0] == 0
    assert epochs(fleet).present == 3
    assert fleet.start() is None
    assert fleet.terminals[0].work(), (fleet.terminals[0].errors, fleet.log())
    work(fleet, 1)
    acknowledged = fleet.acknowledged()
    fleet.stop()
    assert fleet.lost(acknowledged) == []
    assert check(fleet.home).ok, problem_lines(check(fleet.home))


def test_the_procedure_of_the_page_gives_up_what_burnt(fleet: Fleet) -> None:
    """The lines of the page, as written, in a folder with `works`; the node of its last line serves live terminals."""
    work(fleet, 2)
    journal_lost(fleet, 2)
    burn(fleet, 2)
    assert fleet.start("--refill") is None
    for terminal in fleet.terminals:
        assert not terminal.work()
    fleet.stop()
    fleet.home.rename(fleet.folder / "works")
    show, give_up, compare, run = lines_of_the_page("Give up what nobody has any more")
    shown = run_line(fleet, show)
    assert shown.returncode == 0, shown.stderr
    (missing,) = re.findall(r"--give-up (\d+)", shown.stdout)
    assert run_line(fleet, give_up.replace("--give-up 18", "--give-up 99")).returncode == 2
    given_up = run_line(fleet, give_up.replace("--give-up 18", f"--give-up {missing}"))
    assert given_up.returncode == 0, given_up.stderr
    assert "log epoch 2 begins" in given_up.stdout
    compared = run_line(fleet, compare)
    assert compared.returncode == 0, compared.stdout + compared.stderr
    assert run == "veriwatt node run --home works"
    (fleet.folder / "works").rename(fleet.home)
    assert fleet.start() is None
    for terminal in fleet.terminals:
        assert terminal.work(), (terminal.errors, fleet.log())
        assert terminal.unfinished() == 0


def test_a_home_put_back_with_its_ledger_goes_on_without_what_burnt(fleet: Fleet) -> None:
    """Chain and ledger are of the same backup; a terminal's receipt shows the loss, and another terminal is gone."""
    work(fleet, 2)
    fleet.stop()
    backup = fleet.copy("backup")
    assert fleet.start() is None
    work(fleet, 2)
    fleet.kill()
    fleet.restore(backup)
    burn(fleet, 2)
    assert fleet.start("--refill") is None
    for terminal in fleet.terminals:
        assert not terminal.work()
    fleet.stop()
    missing = str(recover(fleet)[1]["missing"])
    assert recover(fleet, "--give-up", missing, "--reason", REASON)[0] == 0
    assert fleet.start() is None
    for terminal in fleet.terminals:
        assert terminal.work(), (terminal.errors, fleet.log())
        assert terminal.unfinished() == 0
    acknowledged = fleet.acknowledged()
    assert {each.terminal for each in acknowledged} == {"t0", "t1"}
    fleet.stop()
    assert fleet.lost(acknowledged) == []
    assert check(fleet.home).ok, problem_lines(check(fleet.home))


def test_an_older_ledger_than_the_record_is_named(fleet: Fleet) -> None:
    work(fleet, 1)
    journal_lost(fleet, 2)
    burn(fleet, 2)
    backup = fleet.copy("backup")
    missing = str(recover(fleet)[1]["missing"])
    assert recover(fleet, "--give-up", missing, "--reason", REASON)[0] == 0
    fleet.restore(backup, ("ledger", "index.db", "index.db-wal", "index.db-shm", "chains"))
    assert fleet.start() == 4
    assert "log-epoch-lost" in fleet.log()
    assert "signed a checkpoint in epoch 2" in problem_lines(check(fleet.home))
