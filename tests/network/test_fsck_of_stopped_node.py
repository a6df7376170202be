"""What fsck says of the trust file of a network's node that is stopped, or whose CometBFT has deleted the block."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.comet_program import comet_program
from veriwatt.fsck.genesis_files import check_trust
from veriwatt.fsck.report import Findings
from veriwatt.home.paths import HomePaths
from veriwatt.ledger.comet.reader import CometReader
from veriwatt.ledger.open_ledger import ledger_file
from veriwatt.membership.new_ledger import trust_of
from veriwatt.model.evidence.trust_file import Trust, render
from veriwatt.ports.ledger import submit
from veriwatt.system.free_port import free_port
from veriwatt.testing.actors import START, SimMember, sim_genesis
from veriwatt.testing.comet_network import CometNetwork, height_of, wait_until

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def test_the_checkpoint_is_compared_without_cometbft(tmp_path: Path) -> None:
    ann = SimMember("acme", "ann")
    genesis = sim_genesis(ann)
    with CometNetwork(tmp_path, genesis, comet_program()) as network:
        ledger = network.run(0)
        wait_until(lambda: height_of(ledger) > 0)
        assert submit(ledger, [ann.open_log()])[0].ok
        trust = trust_of(ledger, genesis, START)
    file = ledger_file(network.folder(0))
    assert found(tmp_path, file, trust) == ([], [])
    other = replace(trust, header=replace(trust.header, app_hash=bytes(32)))
    problems, _ = found(tmp_path, file, other)
    assert problems == [f"its checkpoint is not block {trust.header.height} of the ledger"]


def found(folder: Path, file: Path, trust: Trust) -> tuple[list[str], list[str]]:
    """The problems that fsck tells of this trust file, and why it was not compared."""
    paths, findings = HomePaths(folder), Findings(folder)
    paths.trust.write_bytes(render(trust))
    with CometReader(file, free_port()) as ledger:
        check_trust(paths, ledger, findings)
    report = findings.report()
    return [each.what for each in report.problems], [each.why for each in report.not_compared]
