"""A terminal that shows its receipts while the ledger makes the block of an anchor: the anchor is not refused."""

from __future__ import annotations

from pathlib import Path

from tests.served_home import ORG, build_home
from veriwatt.loghost.org_log import OrgLog
from veriwatt.node.chain_lock import LedgerBesideChains
from veriwatt.node.home import Home
from veriwatt.node.node_service import NodeService
from veriwatt.ports.ledger import Result, Ticket


class AskedMeanwhile(LedgerBesideChains):
    """A ledger before whose results a terminal sends again."""

    org_log: OrgLog

    def await_result(self, ticket: Ticket, within: int) -> Result:
        result = super().await_result(ticket, within)
        self.org_log.take_again(None, [], 0)
        return result


def test_an_anchor_stands_though_a_terminal_sends_again_before_its_result(tmp_path: Path) -> None:
    built = build_home(tmp_path / "served")
    node = NodeService(built.root)
    node.begin(built.uploads)
    assert {outcome.code for outcome in node.finish()} == {"accepted"}
    node.close()
    with Home(built.root) as home:
        ledger = AskedMeanwhile(home.ledger, home.chain_lock)
        ledger.org_log = OrgLog(
            ORG,
            home.files,
            home.paths,
            home.blobs,
            home.index,
            ledger,
            home.ledger_cache,
            home.keys.log(ORG),
            home.member_client(ORG).sign,
            home.clock,
        )
        assert ledger.org_log.chain.anchored_size < ledger.org_log.chain.size
        assert ledger.org_log.anchor() == ledger.org_log.chain.size
