"""Two contradicting files: the command shows what they would record, and records it when it is told to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.test_terminal_cli import Cli, cli
from veriwatt.membership.software_terminal import software_terminal
from veriwatt.model.frames.frame import upload_bytes
from veriwatt.model.frames.number import FIRST_NUMBER
from veriwatt.model.frames.signing import sign_header
from veriwatt.node.home import Home
from veriwatt.testing.frames import bare_header

__all__ = ["cli"]


@pytest.fixture
def files(cli: Cli) -> tuple[str, str]:
    """Two uploads of park's software terminal with one number, as files."""
    with Home(Path("home")) as node:
        node.keys.make_signers("terminal/park/soft")
        key = node.keys.terminal("park", "soft")
        now = node.clock.now()
        software_terminal(node.ledger, node.member_client("park"), "soft", key, "1.0", now)
        for at in range(2):
            header = bare_header(node.ledger.chain_id, "park", "soft", FIRST_NUMBER, now + at)
            Path(f"frame{at}").write_bytes(upload_bytes(sign_header(header.to_bytes(), key), [b""]))
    return "frame0", "frame1"


def test_it_is_shown_first_and_recorded_once(cli: Cli, files: tuple[str, str]) -> None:
    command = ["terminal", "report-equivocation", *files, "--home", "home"]
    shown = cli.ask(*command)
    assert (shown["terminal"], shown["epoch"], shown["seq"], shown["sent"]) == ("soft", 0, 1, False)
    assert len(shown["frames"]) == 2
    assert cli.ask("terminal", "list", "--home", "home")["terminals"][0]["equivocations"] == 0
    assert cli.ask(*command, "--send")["sent"]
    assert cli.ask("terminal", "list", "--home", "home")["terminals"][0]["equivocations"] == 1
    assert cli.ask(*command)["already_recorded"]
    assert "already" in cli.run(*command, "--send", expect=1)


def test_one_file_twice_records_nothing(cli: Cli, files: tuple[str, str]) -> None:
    refused = cli.run("terminal", "report-equivocation", files[0], files[0], "--home", "home", "--send", expect=1)
    assert "two different headers" in refused
