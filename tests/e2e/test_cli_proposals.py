"""Governing from the command line: a single operator decides at once, and sees first what it would do."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.cli_home import Cli
from veriwatt.energy.factors import FactorTable
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.testing.actors import sim_key

KEY = sim_key("lab").public.raw.hex()
TABLE = """\
[table]
measure = "coal"
country = "CN"
edition = "our own"
from_year = 2026

[[factor]]
energy = "electricity"
unit = "kWh"
value = "0.1229"
bases = ["calorific"]
source = "a meter of ours"
confirmed = true
"""


def test_a_single_operator_proposes_and_it_is_enacted_at_once(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.ask("init", "home", "--org", "park")
    why = ("--text", "as agreed", "--home", "home")
    admit = ("ledger", "propose", "admit", "lab", "--key", KEY, "--title", "A lab", *why)
    shown = cli.ask(*admit, "--dry-run")
    assert (shown["proposal"], shown["enacts"], shown["voters"]) == (None, True, ["park"])
    assert cli.ask("ledger", "proposals", "--home", "home") == {"proposals": []}
    assert cli.ask(*admit)["proposal"]["result"] == "enacted"
    assert "record-exists" in cli.run(*admit, "--dry-run", expect=1).stderr
    cli.ask("ledger", "propose", "grant-role", "lab", "metrology", *why)
    cli.ask("ledger", "propose", "suspend", "lab", *why)
    cli.ask("ledger", "propose", "parameters", "voting-days=30", *why)
    (tmp_path / "own.toml").write_text(TABLE)
    made = cli.ask("ledger", "propose", "factors", "own.toml", *why)
    assert made["decision"]["digest"] == FactorTable.parse({"own.toml": TABLE}).digest.hex()
    assert "validators-fixed" in cli.run("ledger", "propose", "validators", f"{KEY}=1", *why, expect=1).stderr
    assert "not-enactable" in cli.run("ledger", "propose", "suspend", "park", *why, expect=1).stderr
    assert "at once" in cli.run("ledger", "propose", "upgrade", "100000", "4", "--dry-run", *why).stdout
    status = cli.ask("ledger", "status", "--home", "home")
    assert (status["machine_version"], status["upgrade"]) == (MACHINE_VERSION, None)
    listed = cli.ask("ledger", "proposals", "--home", "home")["proposals"]
    assert [(each["number"], each["kind"], each["result"]) for each in listed] == [
        (5, "factors", "enacted"),
        (4, "parameters", "enacted"),
        (3, "suspend", "enacted"),
        (2, "grant-role", "enacted"),
        (1, "admit", "enacted"),
    ]
    assert cli.ask("ledger", "proposals", "--open", "--home", "home") == {"proposals": []}
    assert "proposal-closed" in cli.run("ledger", "vote", "1", "yes", "--home", "home", expect=1).stderr
    assert "not-found" in cli.run("ledger", "vote", "9", "no", "--home", "home", expect=1).stderr
    assert "yes or no" in cli.run("ledger", "vote", "1", "perhaps", "--home", "home", expect=2).stderr
    orgs = {each["org"]: each for each in cli.ask("org", "list", "--home", "home")["orgs"]}
    assert [(each["has_vote"], each["suspended"]) for each in (orgs["park"], orgs["lab"])] == [
        (True, False),
        (False, True),
    ]
    assert cli.ask("fsck", "--home", "home")["ok"]


def test_what_is_mistyped_is_named(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.ask("init", "home", "--org", "park")
    why = ("--text", "as agreed", "--home", "home")
    for wrong in (["parameters", "voting-days"], ["parameters", "voting-days=many"], ["parameters", "fees=3"]):
        cli.run("ledger", "propose", *wrong, *why, expect=2)
    cli.run("ledger", "propose", "validators", "00=1", *why, expect=2)
    cli.run("ledger", "propose", "upgrade", "7", "0", *why, expect=2)
    cli.run("ledger", "propose", "suspend", "park", "--text", "a  b", "--home", "home", expect=1)
