"""A suspended org: its readings are taken in and not anchored, others are not held up, and nothing proven is unsaid."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from tests.e2e.cli_home import MAPPING, Cli
from veriwatt.node.node_service import NodeService

ROWS = ["2026-03-01 00:15,1", "2026-03-01 00:30,2"]
LATER = ["2026-03-01 00:45,3", "2026-03-01 01:00,4"]


def test_a_suspended_org_is_not_anchored_and_makes_no_blocks_and_its_evidence_stays(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.ask("init", "home", "--org", "park", "--unprotected-key")
    cli.ask("org", "add", "lab", "--home", "home")
    (tmp_path / "mapping.toml").write_text(MAPPING)
    slot = ("readings.active", "2026-03-01T00:00:00+08:00")
    take_in(cli, ROWS)
    cli.ask("evidence", "reading", *slot, "-o", "before.vwe", "--org", "lab", "--home", "home")

    cli.ask("ledger", "propose", "suspend", "lab", "--text", "its licence has ended", "--home", "home")
    height = cli.ask("ledger", "status", "--home", "home")["height"]
    assert "org-suspended" in take_in(cli, LATER, expect=1)
    status = cli.ask("ledger", "status", "--home", "home")
    assert status["height"] == height
    (lab,) = [each for each in status["orgs"] if each["org"] == "lab"]
    assert (lab["anchored"], lab["frames"]) == (1, 2)
    settings = tmp_path / "home" / "node.toml"
    settings.write_text(settings.read_text().replace("anchor_frames = 1024", "anchor_frames = 1"))
    with closing(NodeService(tmp_path / "home")) as node:
        assert node.upkeep.waiting() == ["lab"]
        assert node.upkeep.anchor_due() == []
    cli.ask("ledger", "trust", "-o", "trust.json", "--home", "home")
    cli.ask("evidence", "refresh", "before.vwe", "--home", "home")
    verdict = cli.ask("verify", "before.vwe", "--trust", "trust.json")
    assert (verdict["verdict"], verdict["facts"]["value"]) == ("proven", "1.00")

    cli.ask("ledger", "propose", "reinstate", "lab", "--text", "it is renewed", "--home", "home")
    take_in(cli, LATER)
    (lab,) = [each for each in cli.ask("ledger", "status", "--home", "home")["orgs"] if each["org"] == "lab"]
    assert lab["anchored"] == lab["frames"]
    assert cli.ask("fsck", "--home", "home")["ok"]


def take_in(cli: Cli, rows: list[str], expect: int = 0) -> str:
    """Import these rows for the lab, beside those that were imported before; returns what went wrong."""
    (cli.folder / "readings.csv").write_text("\n".join(["time,active", *rows]) + "\n")
    options = ("--mapping", "mapping.toml", "--org", "lab", "--home", "home")
    return cli.run("import", "readings.csv", *options, expect=expect).stderr
