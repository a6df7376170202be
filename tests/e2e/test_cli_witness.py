"""Two orgs and files between them: a witness cosigns a ledger, evidence counts it, and a second history is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli_home import Cli

POINT = "readings.active"
NAME = "west.example/w1"
TIMES = [f"2026-03-01 {hour:02}:{minute:02}" for hour in range(1, 9) for minute in (0, 15, 30, 45)]
ROWS = [f"{time},1.{at:02}" for at, time in enumerate(TIMES)]
FIRST, SECOND, THIRD = ROWS[:8], ROWS[:16], ROWS[:24]
OTHER = [*FIRST, *(f"{time},2.00" for time in TIMES[8:20])]


class Witnessed(Cli):
    """An operator's home, and a witness in a folder of its own; requests go into the folder `drop`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.drop, self.witness = folder / "drop", folder / "witness"
        self.home = self.home_with(FIRST)
        made = self.ask("witness", "init", "--home", self.witness, "--name", NAME, "--trust", self.home / "trust.json")
        self.key = made["key"]

    def ask_witness(self, home: Path, request: str, expect: int = 0) -> dict[str, Any]:
        """What the witness says of a request that is the only one in the folder without an answer."""
        self.drop.mkdir(exist_ok=True)
        file = self.drop / f"{request}.request"
        self.ask("ledger", "checkpoint", "--home", home, "-o", file)
        (answer,) = self.ask("witness", "cosign", self.drop, "--home", self.witness, expect=expect)["answers"]
        if expect:
            file.unlink()
        return dict(answer)

    def take_in(self, answer: dict[str, Any], *options: str) -> None:
        self.ask("ledger", "cosigned", answer["answer"], "--home", self.home, *options)

    def verdict(self, file: Path, trust: Path) -> dict[str, Any]:
        return self.ask("verify", file, "--trust", trust)


@pytest.fixture
def cli(tmp_path: Path) -> Witnessed:
    return Witnessed(tmp_path)


def codes(verdict: dict[str, Any]) -> set[str]:
    return {each["code"] for each in verdict["caveat_codes"]}


def test_evidence_that_a_witness_cosigned_is_not_the_operators_word_alone(cli: Witnessed) -> None:
    file, mine = cli.folder / "reading.vwe", cli.folder / "mine.json"
    cli.ask("evidence", "reading", POINT, "2026-03-01T01:00:00+08:00", "--home", cli.home, "-o", file)
    cli.ask("ledger", "trust", "--home", cli.home, "-o", mine)
    cli.take_in(cli.ask_witness(cli.home, "one"), "--key", cli.key)
    early = cli.run("evidence", "cosigned", file, "--home", cli.home, expect=1)
    assert "[not-cosigned]" in early.stderr
    cli.import_rows(cli.home, SECOND)
    cli.take_in(cli.ask_witness(cli.home, "two"))
    done = cli.ask("evidence", "cosigned", file, "--home", cli.home)
    assert done["cosigned_by"] == [NAME]
    assert done["bytes"] == file.stat().st_size <= 8_000
    renewed = cli.folder / "renewed.vwe"
    shutil.copy(file, renewed)
    assert cli.ask("evidence", "refresh", renewed, "--home", cli.home)["cosigned_before_by"] == [NAME]
    assert "single-operator" in codes(cli.verdict(file, mine))
    told = cli.ask("witness", "trust", mine, "--key", cli.key, "--org", "west", "--operator", "Works")
    assert told["counts"]
    verdict = cli.verdict(file, mine)
    assert verdict["verdict"] == "proven"
    assert "single-operator" not in codes(verdict)
    (cosigner,) = verdict["facts"]["cosigned_by"]
    assert cosigner.startswith(f"{NAME} (west) 20")
    assert NAME in cli.run("verify", file, "--trust", mine).stdout
    shutil.copy(mine, cli.folder / "renewed.json")
    cli.ask("ledger", "trust", "--home", cli.home, "-o", cli.folder / "renewed.json")
    renewed = json.loads((cli.folder / "renewed.json").read_text())
    assert [each["name"] for each in renewed["cosigners"]] == [NAME]
    assert renewed["operators"] == ["Works"]
    told = cli.ask("witness", "trust", mine, "--key", cli.key, "--org", "Works")
    assert not told["counts"]
    assert {"single-operator", "cosigner-is-operator"} <= codes(cli.verdict(file, mine))


def test_a_second_history_is_refused_and_proven_and_so_is_a_witness_put_back(cli: Witnessed) -> None:
    twin, backup = cli.folder / "twin", cli.folder / "backup"
    cli.take_in(cli.ask_witness(cli.home, "one"), "--key", cli.key)
    shutil.copytree(cli.home, twin)
    shutil.copytree(cli.witness, backup)
    cli.import_rows(cli.home, SECOND)
    cli.take_in(cli.ask_witness(cli.home, "two"))
    assert cli.ask_witness(twin, "put back", expect=1)["refused"] == "checkpoint-behind"
    cli.import_rows(twin, OTHER)
    assert cli.ask_witness(twin, "three", expect=1)["refused"] == "fork-proven"
    (name,) = cli.ask("witness", "status", "--home", cli.witness)["forks"]
    shown = cli.ask("witness", "fork", cli.witness / "forks" / name, "--trust", cli.home / "trust.json")
    assert shown["first"] != shown["second"]
    cli.import_rows(cli.home, THIRD)
    cli.take_in(cli.ask_witness(cli.home, "four"))
    assert cli.ask_witness(cli.home, "five", expect=0)["size"]
    shutil.rmtree(cli.witness)
    shutil.copytree(backup, cli.witness)
    assert cli.ask_witness(cli.home, "six", expect=1)["refused"] == "witness-put-back"
