"""Orgs without validators on a network: founders whose nodes follow it, and one that is voted in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest

from tests.comet_program import comet_program
from tests.network.networks import Node, run, write_readings
from veriwatt.home.paths import HomePaths
from veriwatt.system.free_port import free_port
from veriwatt.testing.comet_network import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]

FOLLOWERS = ("mill", "office")

ANCHORED_WITHIN = 250
"""Seconds: an idle ledger makes a block each 60 s, and the node looks every 5 s."""


def write_followed_plan(folder: Path, program: Path) -> Path:
    """Two validators, on loopback and at an address where TLS is served, and two orgs that follow them."""
    path = folder / "plan.toml"
    text = f"""\
name = "park"
[[org]]
id = "grid"
p2p = "127.0.0.1:{free_port()}"
listen = "127.0.0.1:{free_port()}"
rpc_port = {free_port()}
program = "{program}"
[[org]]
id = "works"
p2p = "127.0.0.2:{free_port()}"
listen = "0.0.0.0:{free_port()}"
rpc_port = {free_port()}
program = "{program}"
"""
    followers = (f'[[org]]\nid = "{org}"\nfollower = true\nlisten = "127.0.0.1:{free_port()}"\n' for org in FOLLOWERS)
    path.write_text("".join([text, *followers]))
    return path


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("network")
    homes, plan = folder / "homes", write_followed_plan(folder, comet_program())
    made = run("network", "init", homes, "--plan", plan, "--unprotected-key", "--json")
    assert made.status == 0, made.err
    assert [each["follower"] for each in made.json["nodes"]] == [False, False, True, True]
    started = run("network", "up", homes, "--json")
    try:
        assert started.status == 0, started.err
        assert all(each["sign_in"] for each in started.json["nodes"])
        yield homes
    finally:
        run("network", "down", homes)


def test_validators_and_followers_run_and_agree(network: Path) -> None:
    state = run("network", "status", network, "--json")
    shown = run("network", "status", network)

    assert state.status == 0, state.out
    nodes = {node["org"]: node for node in state.json["nodes"]}
    planned = {"grid": False, "mill": True, "office": True, "works": False}
    assert planned.items() <= {org: node["follower"] for org, node in nodes.items()}.items()  # another may have joined
    assert all(node["height"] > 0 and not node["stale"] for node in nodes.values())
    assert [nodes["grid"]["peers"], nodes["mill"]["peers"]] == [1, 2]
    assert re.search(r"^mill +process \d+, block \d+.*, follows 2 peers$", shown.out, re.MULTILINE), shown.out


@pytest.mark.parametrize("org", FOLLOWERS)  # the first asks one peer first, the second the other, over TLS
def test_a_follower_that_is_asked_all_the_time_anchors_and_proves(network: Path, tmp_path: Path, org: str) -> None:
    source, mapping = write_readings(tmp_path)
    imported = run("import", source, "--mapping", mapping, "--home", network / org, "--json")
    assert (imported.status, imported.json["frames"]) == (0, 1), imported.err
    file = tmp_path / "reading.vwe"

    def proven() -> bool:
        sleep(5)  # the node has its home in between, and each time begins anew
        wanted = (f"{org}/readings.active", "2026-03-01T00:15:00+08:00")  # two orgs have a point of this id
        return run("evidence", "reading", *wanted, "--home", network / org, "-o", file).status == 0

    wait_until(proven, ANCHORED_WITHIN)
    for other in ("grid", "works", *FOLLOWERS):
        checked = run("verify", file, "--trust", network / other / "trust.json", "--json").json
        assert (checked["verdict"], checked["facts"]["org"], checked["facts"]["value"]) == ("proven", org, "11.75")


def test_an_org_that_joins_is_started_at_once_and_answers_when_it_is_voted_in(network: Path) -> None:
    peer = Node.signed_in(HomePaths(network / "grid").link.read_text().strip()).address
    home = network / "spa"
    trust, listen = network / "works" / "trust.json", f"127.0.0.1:{free_port()}"
    asked = ("--org", "spa", "--trust", trust, "--peer", peer, "--listen", listen, "--unprotected-key")
    assert run("join", home, *asked).status == 0

    started = run("network", "up", network)
    assert started.status == 0, started.err
    assert re.search(r"^spa +waits until the org is admitted", started.out, re.MULTILINE), started.out
    waiting = run("network", "status", network)
    assert waiting.status == 3
    assert "spa          process" in waiting.out
    assert "its org is not admitted, or no peer answers" in waiting.out

    assert run("org", "admit", home / "join-request", "--home", network / "grid").status == 0
    for org in ("works", "mill"):  # founders, whichever node they run
        voted = run("ledger", "vote", 1, "yes", "--home", network / org)
        assert voted.status == 0, voted.err
    wait_until(lambda: HomePaths(home).link.read_text() != "", 60)
    assert run("network", "status", network).status == 0
    assert Node.signed_in(HomePaths(home).link.read_text().strip()).failing() == {}


def test_a_follower_without_validators_is_stale_and_told_to_be(network: Path) -> None:
    for org in ("grid", "works"):
        assert run("network", "down", network / org).status == 0

    wait_until(lambda: run("network", "status", network / "mill", "--json").json["nodes"][0]["stale"], 300)
    told = run("network", "status", network / "mill")

    assert told.status == 3
    assert "STALE: no peer gave a block after 20" in told.out
    assert run("network", "up", network).status == 0
    wait_until(lambda: run("network", "status", network).status == 0, ANCHORED_WITHIN)


@pytest.mark.parametrize("key", ["p2p", "validator", "rpc_port", "program"])
def test_a_follower_with_what_only_a_validator_has_is_refused(tmp_path: Path, key: str) -> None:
    plan = write_followed_plan(tmp_path, Path("cometbft"))
    value = {"p2p": '"127.0.0.9:1"', "validator": "true", "rpc_port": "9", "program": '"cometbft"'}[key]
    plan.write_text(f"{plan.read_text()}{key} = {value}\n")

    refused = run("network", "init", tmp_path / "homes", "--plan", plan, "--unprotected-key")

    assert refused.status == 2
    assert key in refused.err
    assert not (tmp_path / "homes").exists()


def test_a_local_network_with_followers_is_made_by_one_command(tmp_path: Path) -> None:
    shown = run("network", "init", tmp_path / "homes", "-n", 4, "--followers", 2, "--dry-run", "--json")

    assert [(each["org"], each["validator"], each["follower"]) for each in shown.json["nodes"]] == [
        *((f"org{at}", True, False) for at in range(1, 5)),
        ("org5", False, True),
        ("org6", False, True),
    ]
