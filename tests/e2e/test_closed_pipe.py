"""A reader that closes the pipe, as `head -1` does, changes nothing about what a command answers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.cli_home import COMMAND, Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    cli = Cli(tmp_path)
    cli.home_with(["2026-03-01 00:15,1.5", "2026-03-01 00:30,2.25"])
    cli.run("evidence", "reading", "readings.active", "2026-03-01T00:15", "--home", "home", "-o", "e.vwe")
    return cli


def unread(cli: Cli, *args: str) -> tuple[int, str]:
    """The exit status and the errors of a command whose output nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as out:
        done = subprocess.run(
            [*COMMAND, *args], cwd=cli.folder, env=cli.env, stdout=out, stderr=subprocess.PIPE, text=True, check=False
        )
    return done.returncode, done.stderr


def test_proven_evidence_is_proven_and_what_is_only_consistent_is_not(cli: Cli) -> None:
    assert unread(cli, "verify", "e.vwe", "--trust", "home/trust.json") == (0, "")
    assert unread(cli, "verify", "e.vwe", "--trust", "home/trust.json", "--json") == (0, "")
    assert unread(cli, "verify", "e.vwe") == (1, "")
