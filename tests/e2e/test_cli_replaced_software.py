"""A home whose software terminal is revoked imports and corrects again, once what the refusal says is done."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.e2e.cli_home import Cli

FIRST = ["2026-03-01 00:15,2.25", "2026-03-01 00:30,2.5"]
MORE = [*FIRST, "2026-03-01 00:45,2.75"]


@pytest.mark.parametrize("reason", ["retired", "compromised"])
def test_what_the_refusal_names_makes_the_import_succeed(tmp_path: Path, reason: str) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(FIRST)
    cli.ask("terminal", "revoke", "--terminal", "software", "--reason", reason, "--home", home)
    for extra in ((), ("--dry-run",)):
        (tmp_path / "readings.csv").write_text("\n".join(["time,active", *MORE]) + "\n")
        said = cli.run("import", "readings.csv", "--mapping", "mapping.toml", "--home", home, *extra, expect=1).stderr
        assert f"Works/software is {reason}" in said
    found = re.search(r"`veriwatt ([^`]+)`", said)
    assert found is not None, said

    assert cli.ask(*shlex.split(found[1]), "--home", home)["terminal"] == "software-2"

    assert cli.import_rows(home, MORE)["slots"]["measured"] == 1
    start = "2026-03-01T00:30:00+08:00"
    cli.ask("correct", "readings.active", start, "2.8", "--reason", "misread", "--author", "ann", "--home", home)
    cli.ask("evidence", "reading", "readings.active", start, "--home", home, "-o", "x.vwe")
    proof = cli.ask("verify", "x.vwe", "--trust", home / "trust.json")
    assert (proof["verdict"], proof["facts"]["value"]) == ("proven", "2.80")
    cli.ask("evidence", "reading", "readings.active", "2026-03-01T00:00:00+08:00", "--home", home, "-o", "old.vwe")
    assert cli.ask("verify", "old.vwe", "--trust", home / "trust.json")["verdict"] == "proven", "it stays as it was"
    assert cli.ask("fsck", "--home", home)["ok"]


def test_a_software_terminal_in_order_gets_no_successor(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(FIRST)
    assert "is not revoked" in cli.run("terminal", "replace-software", "--home", home, expect=1).stderr
    names = [each["terminal"] for each in cli.ask("terminal", "list", "--home", home)["terminals"]]
    assert names == ["software"]


def test_a_successor_that_is_retired_gets_the_next_name(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    home = cli.home_with(FIRST)
    for n, name in enumerate(("software", "software-2")):
        cli.ask("terminal", "revoke", "--terminal", name, "--reason", "retired", "--home", home)
        assert cli.ask("terminal", "replace-software", "--home", home)["terminal"] == f"software-{n + 2}"
    assert cli.import_rows(home, MORE)["slots"]["measured"] == 1
