"""A home moves to the ledger that its own ledger named: figures, evidence, imports and live terminals go on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.e2e.cli_home import Cli
from tests.e2e.live_site import ORG, POINTS, Site, at_work, equipped, finals
from veriwatt.home.opened_home import OpenedHome
from veriwatt.membership.proposals import propose
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.governance.rule_decisions import CloseLedger
from veriwatt.model.points.status import Status
from veriwatt.node.home import Home
from veriwatt.node.move_home import move_home, plan_move
from veriwatt.testing.actors import sim_validator
from veriwatt.testing.moves import plan_of
from veriwatt.units import HOUR

ROWS = ["2026-03-01 00:15,1.50", "2026-03-01 00:30,2.25", "2026-03-01 01:00,0", "2026-03-02 00:00,4"]
LATER = ["2026-03-03 00:15,7", "2026-03-03 00:30,8"]
SPAN = ("--from", "2026-03-01", "--to", "2026-03-02", "--every", "1h")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A home that was moved from the command line; each step is tried before its time too."""
    cli = Cli(tmp_path_factory.mktemp("cli"))
    cli.home_with(ROWS)
    home, plan = ("--home", "home"), ("plan.bin", "--text", "one of several runs it from now on")
    (cli.folder / "figures").write_text(cli.run("query", "readings.active", *SPAN, *home, "--json").stdout)
    at = ("readings.active", "2026-03-01T00:15")
    cli.run("evidence", "reading", *at, *home, "-o", "early.vwe")
    (cli.folder / "old-trust.json").write_bytes((cli.folder / "home" / "trust.json").read_bytes())
    assert "not-closed" in cli.run("ledger", "export", "-o", "x", *home, expect=1).stderr
    cli.ask("ledger", "plan", "-o", "plan.bin", "--name", "group", *home)
    assert "not-closed" in cli.run("ledger", "move", "plan.bin", *home, expect=1).stderr
    named = ("ledger", "plan", "-o", "named.bin", "--name", "named", *home, "--validator")
    key = sim_validator(7).public.raw.hex()
    assert cli.ask(*named, f"{key}=5:Works")["validators"] == [{"key": key, "power": 5, "org": "Works"}]
    assert "nobody" in cli.run(*named[:2], "-o", "nobody.bin", *named[4:], f"{key}=5:nobody", expect=1).stderr
    assert cli.ask("ledger", "propose", "close", *plan, *home, "--dry-run")["enacts"]
    assert cli.ask("ledger", "propose", "close", *plan, *home)["proposal"]["result"] == "enacted"
    refused = cli.run("org", "add", "city", *home, expect=1).stderr
    assert "ledger-closed" in refused
    cli.run("evidence", "reading", *at, *home, "-o", "end.vwe")
    cli.ask("ledger", "export", "-o", "export.bin", *home)
    cli.ask("ledger", "plan", "-o", "rival.bin", "--name", "rival", *home)
    assert "not-successor" in cli.run("ledger", "move", "rival.bin", *home, expect=1).stderr
    dry = cli.ask("ledger", "move", "plan.bin", *home, "--dry-run")
    assert dry["dry_run"]
    assert cli.ask("ledger", "status", *home)["chain_id"] == dry["from"]
    done = cli.ask("ledger", "move", "plan.bin", *home)
    assert done["to"] == dry["to"]
    assert done["to"].startswith("group-")
    return cli


def test_the_figures_are_the_same_before_and_after(cli: Cli) -> None:
    assert (
        cli.run("query", "readings.active", *SPAN, "--home", "home", "--json").stdout
        == (cli.folder / "figures").read_text()
    )


def test_a_move_that_is_done_is_not_made_again(cli: Cli) -> None:
    assert "already-moved" in cli.run("ledger", "move", "plan.bin", "--home", "home", expect=1).stderr


def test_the_home_is_whole(cli: Cli) -> None:
    cli.run("fsck", "--home", "home")


def test_evidence_of_the_end_is_proven_by_the_new_trust_file_and_older_one_once_renewed(cli: Cli) -> None:
    trust = ("--trust", "home/trust.json")
    proven = cli.ask("verify", "end.vwe", *trust)
    assert proven["verdict"] == "proven"
    assert "through-predecessor" in [each["code"] for each in proven["caveat_codes"]]
    assert cli.ask("verify", "early.vwe", *trust, expect=1)["verdict"] == "consistent"
    assert cli.ask("verify", "early.vwe", "--trust", "old-trust.json")["verdict"] == "proven"
    cli.run("evidence", "refresh", "early.vwe", "--home", "home")
    renewed = cli.ask("verify", "early.vwe", *trust)
    assert renewed["verdict"] == "proven"
    assert "moved" in [each["code"] for each in renewed["caveat_codes"]]


def test_imports_go_on_with_the_same_terminal_and_their_evidence_is_of_the_new_ledger(cli: Cli) -> None:
    done = cli.import_rows(cli.folder / "home", LATER)
    assert done["frames"] > 0
    at = ("readings.active", "2026-03-03T00:15")
    cli.run("evidence", "reading", *at, "--home", "home", "-o", "later.vwe")
    proven = cli.ask("verify", "later.vwe", "--trust", "home/trust.json")
    assert (proven["verdict"], proven["facts"]["chain"]) == (
        "proven",
        cli.ask("ledger", "status", "--home", "home")["chain_id"],
    )
    cli.run("fsck", "--home", "home")


def test_a_move_that_is_done_cannot_be_done_again(cli: Cli) -> None:
    assert "already-moved" in cli.run("ledger", "move", "plan.bin", "--home", "home", expect=1).stderr


def move(node: Path) -> None:
    """Close the ledger of a home and move it, as the commands do."""
    with Home(node) as home:
        plan = plan_of(home.ledger.genesis, "moved", home.keys.consensus().public)
        propose(home.ledger, home.member_client(ORG), CloseLedger(plan.plan_hash), "a network to come")
    with OpenedHome(node) as opened:
        move_home(opened, plan_move(opened, plan))


def test_a_live_terminal_follows_in_its_run_and_loses_nothing(site: Site) -> None:
    async def go() -> None:
        async with equipped(site) as terminal, at_work(site, terminal, until_reported="ready") as work:
            await work.drive(site.start + HOUR)
            await work.until_final(8)
            site.down()
            await work.drive(site.start + 2 * HOUR)
            await work.until_reported("unavailable")
            assert finals(terminal) == (8, 16)
            move(site.node)
            site.up()
            await work.until_final(16)
            await work.until_reported("ledger-moved")
            await work.drive(site.start + 3 * HOUR)
            await work.until_final(24)

    asyncio.run(go())
    site.down()
    assert site.anchored()[Status.MEASURED] == POINTS * 12
    with Home(site.node) as home:
        chain = home.org_log(ORG).chain
        signed_for = [parse_frame(chain.upload(at)).template.chain for at in range(chain.size)]
        old = [each.chain_id for each in home.ledger_cache.line]
        assert signed_for == [*old * 16, *[home.ledger.chain_id] * 8]
        trusted = parse_trust((site.folder / "t1" / "trust.json").read_bytes())
        assert trusted.chain_id == home.ledger.chain_id
        assert [each.chain_id for each in trusted.predecessors] == old
