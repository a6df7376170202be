"""The home of a single operator moves to a network: one validator of CometBFT, which others may join by votes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.comet_program import comet_program
from tests.e2e.cli_home import Cli
from tests.network.networks import Node
from veriwatt.home.paths import HomePaths
from veriwatt.system.free_port import free_port
from veriwatt.testing.comet_network import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ROWS = ["2026-03-01 00:15,1.50", "2026-03-01 00:30,2.25", "2026-03-01 01:00,0", "2026-03-02 00:00,4"]
LATER = ["2026-03-03 00:15,7", "2026-03-03 00:30,8"]
SPAN = ("--from", "2026-03-01", "--to", "2026-03-02", "--every", "1h")
HOME = ("--home", "site/home")
READING = ("evidence", "reading", "readings.active")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The folder of a home that was moved, and whose node runs."""
    cli, program = Cli(tmp_path_factory.mktemp("moved")), comet_program()
    (cli.folder / "site").mkdir()
    home = cli.home_with(ROWS, "site/home")
    settings = home / "node.toml"
    settings.write_text(settings.read_text().replace("127.0.0.1:8000", f"127.0.0.1:{free_port()}"))
    (cli.folder / "figures").write_text(cli.run("query", "readings.active", *SPAN, *HOME, "--json").stdout)
    plan = cli.ask("ledger", "plan", "-o", "plan.bin", "--name", "net", "--own-node", "--governed", *HOME)
    assert (len(plan["node_id"]), plan["governed"]) == (40, True)
    assert [(each["power"], each["org"]) for each in plan["validators"]] == [(1, "Works")]
    cli.run("ledger", "propose", "close", "plan.bin", "--text", "four of us", *HOME)
    cli.run(*READING, "2026-03-01T00:15", *HOME, "-o", "end.vwe")
    assert "not-its-validator" in cli.run("ledger", "move", "plan.bin", *HOME, expect=1).stderr
    ports = ("--listen", f"127.0.0.1:{free_port()}", "--rpc-port", str(free_port()), "--program", str(program))
    assert cli.ask("ledger", "move", "plan.bin", *ports, *HOME, "--dry-run")["engine"] == "comet"
    cli.ask("ledger", "move", "plan.bin", *ports, *HOME)
    assert "already-moved" in cli.run("ledger", "move", "plan.bin", *ports, *HOME, expect=1).stderr
    return cli


def test_a_home_goes_on_in_a_network_with_its_figures_its_evidence_and_its_terminal(cli: Cli) -> None:
    cli.ask("network", "up", "site")
    try:
        node = Node.signed_in(HomePaths(cli.folder / "site/home").link.read_text().strip())
        wait_until(lambda: node.get("/api/v1/status").status_code == 200)  # it has opened the home
        assert cli.ask("ledger", "status", *HOME)["chain_id"].startswith("net-")
        figures = cli.run("query", "readings.active", *SPAN, *HOME, "--json").stdout
        assert figures == (cli.folder / "figures").read_text()
        trust = ("--trust", "site/home/trust.json")
        assert cli.ask("verify", "end.vwe", *trust)["verdict"] == "proven"
        assert cli.import_rows(Path("site/home"), LATER)["frames"] > 0
        cli.run(*READING, "2026-03-03T00:15", *HOME, "-o", "later.vwe")
        assert cli.ask("verify", "later.vwe", *trust)["verdict"] == "proven"
        cli.run("evidence", "refresh", "end.vwe", *HOME)
        renewed = cli.ask("verify", "end.vwe", *trust)
        assert renewed["verdict"] == "proven"
        assert "moved" in [each["code"] for each in renewed["caveat_codes"]]
        assert cli.ask("fsck", *HOME)["problems"] == []
    finally:
        cli.run("network", "down", "site")
