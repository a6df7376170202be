"""`terminal status` names the frames that the org gave up: void numbers, and those that its log host lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_changed_group import NOON, Works
from tests.terminal_toml import terminal_toml
from veriwatt.cli.main import main
from veriwatt.model.terminals.contradiction import VoidNumber
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.spool.receipt_book import ReceiptBook
from veriwatt.units import HOUR

QUARTERS = 4


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    """A terminal with an hour of signed frames, one for each quarter."""
    made = Works(tmp_path, terminal_toml("works"))
    made.run(NOON)
    for quarter in range(1, QUARTERS + 1):
        made.run(NOON + quarter * HOUR // QUARTERS, framing=False)
        with TerminalHome(made.folder, made.clock) as terminal:
            terminal.frame_scheduler(made.root_log_head).frame(made.clock.now())
            assert terminal.framer.sign() == 1
    yield made
    made.home.close()


def status(works: Works, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["terminal", "status", "--home", str(works.folder), *options])
    assert not ended.value.code
    return capsys.readouterr().out


def given_up(works: Works, capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(status(works, capsys, "--json"))["given_up"]


def test_nothing_is_shown_where_nothing_was_given_up(works: Works, capsys: pytest.CaptureFixture[str]) -> None:
    assert given_up(works, capsys) == {"void": [], "log_epochs": []}
    assert "given up" not in status(works, capsys)


def test_a_void_number_is_shown_with_the_time_of_its_frame(works: Works, capsys: pytest.CaptureFixture[str]) -> None:
    with TerminalHome(works.folder, works.clock) as terminal:
        header = terminal.refused_header()
        stated = header.stated()
        works.home.member_client("works").submit(VoidNumber("t1", header, "wrong clock"))
        terminal.spool.void(stated.number)
    (shown,) = given_up(works, capsys)["void"]
    assert shown["number"] == {"epoch": stated.number.epoch, "seq": stated.number.seq}
    assert shown["from"] < shown["until"]
    assert f"given up     frame {stated.number}, {shown['from']} to {shown['until']}: its number is void" in status(
        works, capsys
    )


def test_frames_given_up_with_a_log_epoch_are_counted_until_they_are_accepted_again(
    works: Works, capsys: pytest.CaptureFixture[str]
) -> None:
    with TerminalHome(works.folder, works.clock) as terminal:
        spool, book = terminal.spool, ReceiptBook(terminal.spool.file)
        numbers = [frame.number for frame in spool.pending()]
        assert len(numbers) == QUARTERS
        spool.mark_accepted([(number, 1_000 + at) for at, number in enumerate(numbers)])
        book.add([(number, b"receipt", 0) for number in numbers])
        assert book.begin_epoch(2, 1_001, b"proof") == QUARTERS - 1
    (shown,) = given_up(works, capsys)["log_epochs"]
    assert shown == {
        "log_epoch": 1,
        "frames": 3,
        "first": numbers[1]._asdict(),
        "last": numbers[-1]._asdict(),
        "waiting": 3,
    }
    with TerminalHome(works.folder, works.clock) as terminal:
        terminal.spool.mark_accepted([(number, 1_001 + at) for at, number in enumerate(numbers[:3])])
    assert given_up(works, capsys)["log_epochs"][0]["waiting"] == 1
    line = f"given up     3 acknowledged frames, {numbers[1]} to {numbers[-1]}, when log epoch 1 ended; 1 of them not"
    assert line in status(works, capsys)
