"""`veriwatt network init` refuses at once what would not start, and leaves nothing behind when it is ended."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.cli_home import Cli
from veriwatt.testing.node_process import CLI

PLAN = """name = "park"
[[org]]
id = "steel"
p2p = "{p2p}"
listen = "127.0.0.1:8100"
rpc_port = {rpc}
program = "{program}"
[[org]]
id = "glass"
p2p = "127.0.0.2:26656"
listen = "{listen}"
rpc_port = 26660
program = "{program}"
"""

FINE = {"p2p": "127.0.0.1:26656", "rpc": "26658", "listen": "127.0.0.2:8100", "program": "/bin/true"}

CLASHES = {
    "p2p and listen of one node": {"p2p": "127.0.0.1:8100"},
    "rpc_port and listen of one node": {"rpc": "8100"},
    "rpc_port and p2p of one node": {"rpc": "26656"},
    "listen and p2p of two nodes": {"listen": "127.0.0.1:26656"},
    "listen and rpc_port of two nodes": {"listen": "127.0.0.1:26658"},
}


def init(cli: Cli, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [*CLI, "network", "init", str(folder), "--unprotected-key", *more]
    return subprocess.run(command, env=cli.env, capture_output=True, text=True, check=False, cwd=folder.parent)


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["init", "dry run"])
@pytest.mark.parametrize("clash", CLASHES)
def test_a_plan_whose_nodes_would_listen_at_one_port_is_refused(
    tmp_path: Path, clash: str, dry: tuple[str, ...]
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.format(**FINE | CLASHES[clash]))
    done = init(Cli(tmp_path), tmp_path / "park", "--plan", str(plan), *dry)
    assert done.returncode == 2, done.stderr
    assert "port" in done.stderr
    assert "plan.toml" in done.stderr
    assert not (tmp_path / "park").exists()


def test_the_plan_without_a_clash_is_taken(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.format(**FINE))
    done = init(Cli(tmp_path), tmp_path / "park", "--plan", str(plan), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["init", "dry run"])
def test_more_founders_than_a_genesis_has_are_refused(tmp_path: Path, dry: tuple[str, ...]) -> None:
    done = init(Cli(tmp_path), tmp_path / "park", "-n", "4", "--followers", "61", *dry)
    assert done.returncode == 2, done.stderr
    assert "at most 64 founders" in done.stderr
    assert "found 65" in done.stderr
    assert not (tmp_path / "park").exists()


def test_the_ledger_has_the_name_of_the_folder_and_a_missing_cometbft_is_told_at_once(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.format(**FINE | {"program": str(tmp_path / "none")}))
    done = init(Cli(tmp_path), tmp_path / "named", "--plan", str(plan), "--dry-run")
    assert done.returncode == 0
    assert "no CometBFT" in done.stderr
    assert "make engines" in done.stderr
    done = init(Cli(tmp_path), tmp_path / "Park 7", "-n", "1", "--dry-run")
    assert "ledger park-7:" in done.stdout
    done = init(Cli(tmp_path), tmp_path / "park", "-n", "1")
    assert "ledger park-" in done.stdout


def test_one_that_is_ended_leaves_no_keys_behind(tmp_path: Path) -> None:
    command = [*CLI, "network", "init", str(tmp_path / "park"), "--unprotected-key", "-n", "30", "--followers", "30"]
    process = subprocess.Popen(command, env=Cli(tmp_path).env, stderr=subprocess.DEVNULL)
    while not list(tmp_path.glob(".park.*.new/*")):
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 128 + signal.SIGTERM
    assert list(tmp_path.glob("*park*")) == []
    assert list(tmp_path.glob(".park*")) == []
