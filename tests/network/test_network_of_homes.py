"""Four orgs, each with a home, keys and a node of its own: one network, run by the commands that people run."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.comet_program import comet_program
from tests.network.networks import ORGS, Node, run, write_plan, write_readings
from tests.served_home import signed_frames
from veriwatt.home.ledger_engine import CometEngine
from veriwatt.home.paths import HomePaths
from veriwatt.home.settings import load_settings
from veriwatt.node.home import Home
from veriwatt.testing.comet_network import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a network that runs; `readings.csv` is imported into the home of works."""
    folder = tmp_path_factory.mktemp("network")
    homes, plan = folder / "homes", write_plan(folder, comet_program())
    assert run("network", "init", homes, "--plan", plan, "--unprotected-key").status == 0
    started = run("network", "up", homes, "--json")
    try:
        assert started.status == 0, started.err
        assert [each["org"] for each in started.json["nodes"]] == list(ORGS)
        assert all(each["sign_in"].startswith("http://127.0.0.1:") for each in started.json["nodes"])
        source, mapping = write_readings(folder)
        imported = run("import", source, "--mapping", mapping, "--home", homes / "works", "--json")
        assert imported.status == 0, imported.err
        yield homes
    finally:
        run("network", "down", homes)


def link(network: Path, org: str) -> str:
    """The sign-in link that the last start of a node printed."""
    return HomePaths(network / org).link.read_text().strip()


def test_all_nodes_run_and_agree(network: Path) -> None:
    def all_agree() -> bool:
        state = run("network", "status", network, "--json")
        return state.status == 0 and state.json["agree"] and [n["peers"] for n in state.json["nodes"]] == [3, 3, 3, 3]

    wait_until(all_agree)  # two thirds of them make blocks before the last two have found each other
    assert len({run("ledger", "trust", "--home", network / org, "--json").json["trust"] for org in ORGS}) == 4


def test_commands_beside_a_running_node_read_write_and_prove(network: Path, tmp_path: Path) -> None:
    home, file = network / "works", tmp_path / "reading.vwe"
    point, slot = "readings.active", "2026-03-01T00:15:00+08:00"
    asked = run("query", point, "--from", "2026-03-01", "--to", "2026-03-02", "--every", "1d", "--home", home, "--json")
    assert asked.json["rows"][0]["value"] == "24.25"
    corrected = run("correct", point, slot, "11.80", "--reason", "read again", "--home", home)
    assert corrected.status == 0, corrected.err
    made = run("evidence", "reading", point, slot, "--home", home, "-o", file)
    assert made.status == 0, made.err

    for other in ORGS:  # the word of no org but the validators' is needed
        proven = run("verify", file, "--trust", network / other / "trust.json", "--json")
        assert (proven.status, proven.json["verdict"], proven.json["facts"]["value"]) == (0, "proven", "11.80")
        told = {each["code"]: each["values"] for each in proven.json["caveat_codes"]}
        assert told["bft"] == {"validators": 4, "orgs": ", ".join(ORGS)}
        assert not {"single-operator", "power-of-org", "power-of-parties", "power-unnamed"}.intersection(told)


def test_an_org_keeps_its_own_data_chain_alone(network: Path) -> None:
    orgs = [
        [each["org"] for each in run("ledger", "status", "--home", network / org, "--json").json["orgs"]]
        for org in ORGS
    ]

    assert orgs == [[org] for org in ORGS]


def test_a_plan_is_shown_before_anything_is_made(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, Path("cometbft"))

    shown = run("network", "init", tmp_path / "homes", "--plan", plan, "--dry-run", "--json")

    assert (shown.status, shown.json["made"]) == (0, False)
    assert [node["org"] for node in shown.json["nodes"]] == list(ORGS)
    assert not (tmp_path / "homes").exists()


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('id = "grid"', 'id = "food"', "stands twice"),
        ('id = "grid"', 'id = "fo od"', "is not a name"),
        ("rpc_port", "rcp_port", "is not a key of this table"),
        ('name = "park"', 'name = "Park!"', "ledger name"),
    ],
)
def test_a_mistake_in_a_plan_is_named_and_nothing_is_made(tmp_path: Path, before: str, after: str, why: str) -> None:
    plan = write_plan(tmp_path, Path("cometbft"))
    plan.write_text(plan.read_text().replace(before, after, 1))

    refused = run("network", "init", tmp_path / "homes", "--plan", plan, "--unprotected-key")

    assert refused.status == 2
    assert why in refused.err
    assert not (tmp_path / "homes").exists()


def test_a_node_of_a_network_says_where_to_get_its_engine(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, tmp_path / "none")
    assert run("network", "init", tmp_path / "homes", "--plan", plan, "--unprotected-key").status == 0

    refused = run("network", "up", tmp_path / "homes" / "grid")

    assert refused.status == 3
    assert "make engines" in refused.err


@pytest.mark.parametrize("taken", ["listen", "p2p"])
def test_a_port_that_is_taken_is_named_once_with_the_remedy(tmp_path: Path, taken: str) -> None:
    plan = write_plan(tmp_path, comet_program())
    address = re.findall(rf'{taken} = "(.+)"', plan.read_text())[1]  # of grid, the second
    assert run("network", "init", tmp_path / "homes", "--plan", plan, "--unprotected-key").status == 0
    host, _, port = address.rpartition(":")

    with socket.create_server((host, int(port))):
        refused = run("network", "up", tmp_path / "homes" / "grid")

    assert refused.status == 3
    assert address in refused.err
    assert "another" in refused.err
    assert "node.toml" in refused.err
    assert refused.err.count("[unavailable]") == 1


def test_a_stopped_node_has_no_peers_though_another_network_answers_at_its_port(network: Path, tmp_path: Path) -> None:
    running = load_settings(HomePaths(network / "works").settings).engine
    assert isinstance(running, CometEngine)
    plan = write_plan(tmp_path, Path("cometbft"))
    plan.write_text(re.sub(r"rpc_port = \d+", f"rpc_port = {running.rpc_port}", plan.read_text(), count=1))
    assert run("network", "init", tmp_path / "homes", "--plan", plan, "--unprotected-key").status == 0

    shown = run("network", "status", tmp_path / "homes")
    told = run("network", "status", tmp_path / "homes", "--json").json

    assert shown.status == 3
    assert "peer" not in shown.out
    assert [node["peers"] for node in told["nodes"]] == [None] * 4


def test_damage_beside_the_ledger_is_named_and_an_honest_home_is_clean(network: Path) -> None:
    clean = run("fsck", "--home", network / "works", "--json")
    assert clean.json["problems"] == []
    assert clean.status == 0, clean.out
    covered = [
        each.partition("#")[0] for each in [*clean.json["roots"], *(x["path"] for x in clean.json["not_vouched"])]
    ]
    home = network / "works"
    below = [path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()]
    kept = [name for name in below if not name.endswith((".lock", "-wal", "-shm"))]
    assert [name for name in kept if not any(f"{name}/".startswith(f"{each}/") for each in covered)] == []

    for name in ("config/node_key.json", "config/priv_validator_key.json", "config/genesis.json"):
        file = network / "food" / "ledger" / "comet" / name
        written = file.read_bytes()
        file.write_bytes(written.replace(b"e", b"E", 1))
        named = run("fsck", "--home", network / "food", "--json")
        file.write_bytes(written)
        assert named.status == 4
        assert any("ledger/comet/config" in each["where"] for each in named.json["problems"]), named.out


def test_collecting_goes_on_while_two_of_four_are_down_and_all_resumes_by_itself(network: Path, tmp_path: Path) -> None:
    with Home(network / "works") as home:
        uploads = signed_frames(home, tmp_path)
    node = Node.signed_in(link(network, "works"))
    assert run("network", "down", network / "food").status == 0
    assert all(answer["receipt"] for answer in node.post(uploads[:4]))
    wait_until(lambda: node.chain()["anchored"] == node.chain()["frames"], 150)  # three of four go on
    assert run("network", "status", network).status == 3
    assert run("network", "down", network / "grid").status == 0

    anchored = node.chain()["anchored"]
    assert all(answer["receipt"] for answer in node.post(uploads[4:8]))
    wait_until(lambda: node.failing().get("blocks") == "ledger-halted", 200)

    assert all(answer["receipt"] for answer in node.post(uploads[8:]))
    assert node.chain()["anchored"] == anchored < node.chain()["frames"]
    assert 'veriwatt_failing{work="blocks"} 1.0' in node.get("/metrics").text
    told = run("ledger", "status", "--home", network / "works", "--json").json
    assert "ledger-halted" in [each["code"] for each in told["alarms"]]

    assert run("network", "up", network).status == 0
    wait_until(lambda: node.failing() == {} and node.chain()["anchored"] == node.chain()["frames"], 200)
    assert run("network", "status", network).status == 0
