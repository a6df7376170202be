"""An org joins a ledger of one operator: its own node keeps its data chain, and believes no peer anything."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli_home import MAPPING, Cli
from veriwatt.system.free_port import free_port
from veriwatt.testing.node_process import CLI, NodeProcess, until

NEXT_HEARTBEAT = 150
"""Seconds in which a quiet ledger has a later header: frames wait for one that is later than they are."""

STALE = 240
"""Seconds after which a head is stale, and is told to be."""

DAY_OF = [f"2026-03-01 {at // 4:02}:{at % 4 * 15:02},{at}.25" for at in range(1, 9)]


class Joined:
    """The home of the operator `works`, and that of `acme`, which joins its ledger."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cli = folder, Cli(folder)
        self.operator, self.home = folder / "works", folder / "acme"
        self.cli.ask("init", self.operator, "--org", "works")
        self.url = f"https://127.0.0.1:{free_port()}"

    @contextmanager
    def operator_up(self) -> Iterator[None]:
        at = self.url.removeprefix("https://")
        command = [*CLI, "node", "run", "--home", str(self.operator), "--listen", at, "--tls"]
        with (self.folder / "operator.log").open("a") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=self.cli.env)
        try:
            assert process.stdout is not None
            assert process.stdout.readline()
            yield
        finally:
            process.terminate()
            process.communicate(timeout=60)

    def join(self) -> dict[str, Any]:
        """Make the home of acme; the operator's node is up."""
        key = self.cli.ask("node", "certificate", "--home", self.operator)["key"]
        trust = self.operator / "trust.json"
        peer = ("--peer", self.url, "--peer-key", key)
        made = self.cli.ask("join", self.home, "--org", "acme", "--title", "Acme", "--trust", trust, *peer)
        settings = self.home / "node.toml"
        settings.write_text(settings.read_text().replace("anchor_seconds = 60", "anchor_seconds = 1"))
        return made

    @contextmanager
    def node_up(self) -> Iterator[NodeProcess]:
        log = self.folder / "acme.log"
        node = NodeProcess.start(self.home, log=log, env=self.cli.env)
        try:
            yield node
        finally:
            assert node.stop() == 0, log.read_text()

    def fsck(self) -> None:
        for home in (self.operator, self.home):
            assert self.cli.ask("fsck", "--home", home)["ok"]


@pytest.fixture
def joined(tmp_path: Path) -> Joined:
    return Joined(tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_org_joins_and_its_own_node_anchors_through_the_operator(joined: Joined) -> None:
    cli = joined.cli
    with ExitStack() as running:
        running.enter_context(joined.operator_up())
        made = joined.join()
        told = cli.ask("org", "admit", made["request"], "--home", joined.operator)
        assert (told["enacts"], told["decision"]["org"]) == (True, "acme")
        told = cli.ask("node", "register", "--address", joined.url, "--home", joined.operator)
        assert (told["node"], told["key"]) == (
            "works/main",
            cli.ask("node", "certificate", "--home", joined.operator)["key"],
        )
        with joined.node_up() as node:
            assert [each["org"] for each in node.ask("GET", "/api/v1/status").json()["orgs"]] == ["acme"]
            (joined.folder / "mapping.toml").write_text(MAPPING)
            imported = cli.import_rows(joined.home, DAY_OF)
            assert imported["frames"] > 0
            until(lambda: node.chain()["anchored"] == node.chain()["frames"] > 0, NEXT_HEARTBEAT)
            assert node.health().json().get("failing", {}) == {}
            cli.ask("evidence", "reading", "readings.active", "2026-03-01T00:15", "--home", joined.home, "-o", "e.vwe")
            assert cli.ask("verify", "e.vwe", "--trust", joined.home / "trust.json")["verdict"] == "proven"
    joined.fsck()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_collecting_goes_on_without_any_peer_and_anchoring_resumes(joined: Joined) -> None:
    cli = joined.cli
    (joined.folder / "mapping.toml").write_text(MAPPING)
    with joined.operator_up():
        cli.ask("org", "admit", joined.join()["request"], "--home", joined.operator)
        with joined.node_up():
            cli.import_rows(joined.home, DAY_OF[:4])
    with joined.node_up() as node:
        until(lambda: node.health().json().get("failing", {}).get("ledger") == "no-peer-answers")
        before = node.chain()["frames"]
        cli.import_rows(joined.home, DAY_OF[4:])
        until(lambda: node.chain()["frames"] > before)
        until(lambda: node.health().json().get("failing", {}).get("ledger") == "stale-head", STALE)
        with joined.operator_up():
            until(lambda: node.chain()["anchored"] == node.chain()["frames"], NEXT_HEARTBEAT)
            until(lambda: node.health().json().get("failing", {}) == {})
    joined.fsck()
