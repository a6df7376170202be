"""Homes of a network that come back from a backup without `ledger/`, as the operators' page says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.comet_program import comet_program
from tests.network.networks import run, write_plan, write_readings
from veriwatt.system.free_port import free_port
from veriwatt.testing.comet_network import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Four validators, and mill, which follows them; works has anchored readings."""
    folder = tmp_path_factory.mktemp("network")
    homes, plan = folder / "homes", write_plan(folder, comet_program())
    follower = f'[[org]]\nid = "mill"\nfollower = true\nlisten = "127.0.0.1:{free_port()}"\n'
    plan.write_text(plan.read_text() + follower)
    assert run("network", "init", homes, "--plan", plan, "--unprotected-key").status == 0
    try:
        started = run("network", "up", homes)
        assert started.status == 0, started.err
        source, mapping = write_readings(folder)
        imported = run("import", source, "--mapping", mapping, "--home", homes / "works")
        assert imported.status == 0, imported.err
        yield homes
    finally:
        run("network", "down", homes)


def put_back_without_ledger(home: Path, folder: Path) -> Path:
    """Stop the node, lose its disk, and put back a backup of all but `ledger/`; returns what the backup has of it."""
    assert run("network", "down", home).status == 0
    lost = folder / "lost"
    home.rename(lost)
    shutil.copytree(lost, home, ignore=lambda inside, _: {"ledger"} if Path(inside) == lost else set())
    started = run("network", "up", home)
    assert started.status != 0
    assert "ledger refetch" in started.err
    return lost


def validators(home: Path) -> dict[str, dict[str, object]]:
    told = run("ledger", "validators", "--home", home, "--json").json
    return {each["public_key"]: each for each in told["validators"]}


def test_a_validator_comes_back_without_power_and_gets_it_by_a_vote(network: Path, tmp_path: Path) -> None:
    home, power = network / "works", validators(network / "food")
    lost = put_back_without_ledger(home, tmp_path)

    made = run("ledger", "refetch", "--node-key", lost / "ledger/comet/config/node_key.json", "--home", home, "--json")
    assert made.status == 0, made.err
    assert made.json["validator"] not in power
    started = run("network", "up", home)
    assert started.status == 0, started.err

    asked = run(
        "query",
        "readings.active",
        "--from",
        "2026-03-01",
        "--to",
        "2026-03-02",
        "--every",
        "1d",
        "--home",
        home,
        "--json",
    )
    assert asked.json["rows"][0]["value"] == "24.25"
    wait_until(lambda: run("network", "status", network).status == 0, 120)
    assert validators(network / "food").keys() == power.keys()  # the lost one has the power, and nobody signs with it

    (old,) = (key for key, each in power.items() if each["org"] == "works")
    change = [f"{old}=0", f"{made.json['validator']}=1"]
    proposed = run("ledger", "propose", "validators", *change, "--text", "the disk was lost", "--home", home, "--json")
    assert proposed.status == 0, proposed.err
    for org in ("food", "grid", "office"):
        run("ledger", "vote", "1", "yes", "--home", network / org)
    wait_until(lambda: made.json["validator"] in validators(network / "food"), 120)
    assert old not in validators(network / "food")
    assert run("fsck", "--home", home).status == 0


def test_a_follower_copies_the_ledger_again(network: Path, tmp_path: Path) -> None:
    home = network / "mill"
    put_back_without_ledger(home, tmp_path)

    made = run("ledger", "refetch", "--home", home)
    assert made.status == 0, made.err
    started = run("network", "up", network)
    assert started.status == 0, started.err

    wait_until(lambda: run("network", "status", network).status == 0, 120)
    again = run("ledger", "refetch", "--home", home)
    assert again.status != 0
