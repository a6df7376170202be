"""The same promises from a real CometBFT with one validator."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.comet_program import comet_program
from tests.contracts.ledger.ledger_contract import LedgerContract
from veriwatt.errors import Corrupted, Unavailable
from veriwatt.ids import Digest
from veriwatt.ledger.comet.decided_block import DecidedBlock
from veriwatt.ledger.open_ledger import audit_ledger, ledger_file, open_ledger, open_reader, run_node
from veriwatt.ledger.rows.in_place import LedgerReplaced
from veriwatt.merkle.state_proof import verify_state
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.ledger import Ledger, ResultUnknown, submit
from veriwatt.system.clock import SystemClock
from veriwatt.testing.actors import SimMember, sim_genesis, sim_validator
from veriwatt.testing.comet_network import CometNetwork, height_of, wait_until
from veriwatt.units import SECOND

pytestmark = pytest.mark.engine


class TestCometLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, genesis: Genesis, tmp_path: Path) -> Iterator[Ledger]:
        with CometNetwork(tmp_path, genesis, comet_program()) as network:
            ledger = network.run(0)
            wait_until(lambda: height_of(ledger) > 0)
            yield ledger


class TestCometLedgerStartedAgain(LedgerContract):
    """The same after the node was stopped and started again."""

    @pytest.fixture
    def ledger(self, genesis: Genesis, tmp_path: Path) -> Iterator[Ledger]:
        with CometNetwork(tmp_path, genesis, comet_program()) as network:
            first = network.run(0)
            wait_until(lambda: height_of(first) > 0)
            network.stop(0)
            with run_node(network.folder(0), network.settings(0)) as ledger:
                yield ledger


class TestCometClient(LedgerContract):
    """The same for a command, while another process runs the node."""

    @pytest.fixture
    def ledger(self, genesis: Genesis, tmp_path: Path) -> Iterator[Ledger]:
        with CometNetwork(tmp_path, genesis, comet_program()) as network:
            running = network.run(0)
            wait_until(lambda: height_of(running) > 0)
            with open_ledger(network.folder(0), sim_validator, SystemClock()) as ledger:
                yield ledger


def test_a_command_without_a_running_node_reads_and_is_told_to_start_it_for_the_rest(tmp_path: Path) -> None:
    ann = SimMember("acme", "ann")
    with CometNetwork(tmp_path, sim_genesis(ann), comet_program()) as network:
        running = network.run(0)
        wait_until(lambda: height_of(running) > 0)
        network.stop(0)
        with open_ledger(network.folder(0), sim_validator, SystemClock()) as ledger:
            assert ledger.get(b"org/acme") is not None
            with pytest.raises(Unavailable, match="veriwatt node run"):
                ledger.broadcast([ann.open_log()])


def test_a_reader_beside_the_node_sees_its_blocks_and_submits_nothing(tmp_path: Path) -> None:
    ann = SimMember("acme", "ann")
    with CometNetwork(tmp_path, sim_genesis(ann), comet_program()) as network:
        ledger = network.run(0)
        wait_until(lambda: height_of(ledger) > 0)
        with open_reader(network.folder(0)) as reader:
            submit(ledger, [ann.open_log()])
            assert reader.head() == ledger.head()
            with reader.snapshot() as now:
                proof = now.prove([b"org/acme", b"org/none"])
            verify_state(Digest(proof.light.header.app_hash), proof.proof, proof.values)
            with pytest.raises(RuntimeError):
                reader.broadcast([ann.open_log()])
            with closing(sqlite3.connect(ledger_file(network.folder(0)))) as db, db:
                db.execute(
                    "UPDATE blocks SET block = ? WHERE height = 1",
                    (DecidedBlock(Digest(bytes(32)), 1, Digest(bytes(32))).to_bytes(),),
                )
            with pytest.raises(Corrupted, match="is not the one that was executed"):
                reader.light_block(1)
        assert {problem.row for problem in audit_ledger(network.folder(0)).problems} == {"1"}
        network.stop(0)
        with open_reader(network.folder(0)) as reader:
            assert reader.get(b"org/acme") is not None
            with pytest.raises(Unavailable):
                reader.light_block(1)


def test_a_node_whose_ledger_is_moved_away_gives_no_more_results(tmp_path: Path) -> None:
    ann = SimMember("acme", "ann")
    with CometNetwork(tmp_path, sim_genesis(ann), comet_program()) as network:
        ledger = network.run(0)
        wait_until(lambda: height_of(ledger) > 0)
        (ticket,) = ledger.broadcast([ann.open_log()])
        ledger.check_in_place()
        network.folder(0).rename(tmp_path / "elsewhere")
        with pytest.raises(LedgerReplaced):
            ledger.check_in_place()
        with pytest.raises(LedgerReplaced):
            ledger.broadcast([ann.open_log()])
        with suppress(ResultUnknown):
            assert ledger.await_result(ticket, SECOND).ok  # it was ready before
