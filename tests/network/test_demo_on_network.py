"""`veriwatt demo --network` as a newcomer runs it: real validators, real time, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.comet_program import comet_program
from veriwatt.testing.comet_network import wait_until
from veriwatt.testing.demo.network.plan import demo_plan, spare_validator
from veriwatt.testing.node_process import CLI

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]

WITHIN = 780
"""Seconds: it takes four minutes of an idle machine, of which two are waited for on the clock."""

FOLLOWERS = ("north-steel", "river-foods", "harbour-office", "metrology")
POINTS, READ = 30, 2


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder), "PATH": f"{comet_program().parent}:{os.environ['PATH']}"}


def command(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    env = {**environment(folder), **more}
    return subprocess.run(
        [*CLI, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=WITHIN, check=False
    )


def processes_with(text: str) -> list[str]:
    """The command lines of running processes that name this."""
    listed = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if text in line]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Any], str]:
    """The folder, the object and the sentences of a demo that collects for a minute."""
    folder = tmp_path_factory.mktemp("demo")
    words = ("demo", "--network", "4", "--minutes", "1", "--no-serve", "--home", "park", "--json")
    done = command(folder, *words)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout), done.stderr


def test_every_reading_is_final_though_a_validator_was_stopped(shown: tuple[Path, Mapping[str, Any], str]) -> None:
    _, found, told = shown

    assert found["collected"] == found["anchored"] == POINTS * READ
    assert found["network"]["stopped"] == "chamber"
    assert found["network"]["final_without_it"] == POINTS  # those that were read while it was stopped
    assert "the node of chamber and its validator are stopped" in told


def test_every_reading_of_every_plant_is_there_and_its_totals_are_compared(
    shown: tuple[Path, Mapping[str, Any], str],
) -> None:
    _, found, told = shown

    assert [plant["plant"] for plant in found["plants"]] == ["steel", "food", "office"]
    assert [plant["read"] for plant in found["plants"]] == [plant["expected"] for plant in found["plants"]]
    assert found["gaps"] == 0
    assert "every total equals what the simulated meters counted" in told


def test_evidence_is_proven_by_a_trust_file_and_the_validators_that_it_names(
    shown: tuple[Path, Mapping[str, Any], str],
) -> None:
    folder, found, _ = shown
    file, trust = "park-outside/evidence/food-2.vwe", "park-outside/trust.json"

    proven = json.loads(command(folder, "verify", file, "--trust", trust, "--json").stdout)

    assert found["proved"] == 12
    assert (proven["verdict"], proven["facts"]["org"]) == ("proven", "river-foods")
    told = {each["code"]: each["values"] for each in proven["caveat_codes"]}
    assert told["bft"] == {"validators": 4, "orgs": "chamber, grid, park, water"}
    assert proven["facts"]["certified_by"] == "metrology"


def test_what_is_false_is_refused(shown: tuple[Path, Mapping[str, Any], str]) -> None:
    found = shown[1]

    assert (found["tampered"]["verdict"], found["tampered"]["failed"]["name"]) == ("refused", "disclosure")
    codes = {name: refused["code"] for name, refused in found["refused_frames"].items()}
    assert codes == {"impostor": "bad-signature", "uncertified": "not-certified"}


def test_the_nodes_are_stopped_and_their_homes_go_on_as_a_network(shown: tuple[Path, Mapping[str, Any], str]) -> None:
    folder, found, _ = shown
    passphrase = {"VERIWATT_PASSPHRASE_FILE": str(folder / "park-outside" / "passphrase")}
    assert processes_with(str(folder)) == []
    try:
        started = command(folder, "network", "up", "park", **passphrase)
        assert started.returncode == 0, started.stderr
        state = json.loads(command(folder, "network", "status", "park", "--json").stdout)
    finally:
        command(folder, "network", "down", "park")

    assert (state["well"], state["block"] >= found["network"]["block"]) == (True, True)
    assert {node["org"]: node["follower"] for node in state["nodes"]} == {
        **dict.fromkeys(FOLLOWERS, True),
        **dict.fromkeys(found["network"]["validators"], False),
    }
    clean = command(folder, "fsck", "--home", "park/north-steel", "--json", **passphrase)
    assert (clean.returncode, json.loads(clean.stdout)["problems"]) == (0, [])


def test_a_demo_stopped_while_its_nodes_start_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*CLI, "demo", "--network", "4", "--no-serve"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path),
        cwd=tmp_path,
    )
    assert process.stderr is not None
    told = ""
    while "nodes are started" not in told:
        line = process.stderr.readline()
        assert line, told
        told += line
    wait_until(lambda: len(processes_with("node run --home " + str(tmp_path))) > 1)

    process.send_signal(signal.SIGTERM)
    err = process.communicate(timeout=180)[1]

    assert (process.returncode, "Traceback" in err) == (1, False), err
    wait_until(lambda: processes_with(str(tmp_path)) == [], 5)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--network", "0"), "write 4: with four the ledger goes on when one stops"),
        (("--network", "61"), "1 to 60 validators"),
        (("--network", "4", "--days", "3"), "blocks are made in real time"),
        (("--minutes", "3"), "write --network 4 or --days"),
    ],
)
def test_a_demo_that_cannot_be_is_refused_with_a_remedy(tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    refused = command(tmp_path, "demo", *words, "--home", "park", "--no-serve", COLUMNS="240")

    assert refused.returncode == 2
    assert why in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_cometbft_nothing_is_made_and_the_remedy_is_named(tmp_path: Path) -> None:
    script = (
        "import sys; sys.prefix = sys.argv.pop(1); from veriwatt.cli import main; "
        "main(['demo', '--network', '4', '--home', 'park'])"
    )

    refused = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "venv")],
        cwd=tmp_path,
        env={**os.environ, "PATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 3
    assert "`make engines` builds it" in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("validators", "spare"), [(1, ""), (3, ""), (4, "chamber"), (5, "member5")])
def test_a_validator_is_spare_where_there_are_four(
    monkeypatch: pytest.MonkeyPatch, validators: int, spare: str
) -> None:
    monkeypatch.setenv("PATH", str(comet_program().parent), prepend=os.pathsep)

    plan = demo_plan(validators)

    assert spare_validator(plan) == spare
    assert len({each.listen for each in plan.orgs}) == validators + len(FOLLOWERS)
    assert [each.org for each in plan.orgs if each.follower] == list(FOLLOWERS)
