"""The audit of the file on CometBFT: every changed, lost or added row is named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from veriwatt.ledger.comet.audit import audit_comet
from veriwatt.ledger.comet.decided_block import DecidedBlock
from veriwatt.merkle.tree import leaf_hash
from veriwatt.testing.abci_client import AbciClient, AbciHost, SimConsensus
from veriwatt.testing.actors import SimMember, SimTerminal, sim_genesis


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger whose newest block has a transaction, so that its changes are not in the state yet."""
    ann = SimMember("acme", "ann")
    genesis = sim_genesis(ann)
    with AbciHost(tmp_path, genesis), AbciClient(tmp_path) as client:
        chain = SimConsensus(client, genesis)
        chain.init_chain()
        chain.block()
        chain.block([ann.open_log(), ann.enrol(SimTerminal("acme", "t1"))])
        chain.block([ann.anchor([leaf_hash(b"1")], 0)])
        chain.block([ann.open_log()])
    return tmp_path / "ledger.db"


def test_a_sound_file_has_no_problem(file: Path) -> None:
    done = audit_comet(file)
    assert (done.ok, done.height, done.counts["blocks"], done.counts["transactions"]) == (True, 4, 4, 4)
    assert (done.root_log.size, done.anchored["acme"].size) == (2, 1)


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("UPDATE state SET value = x'00' WHERE key = x'6f72672f61636d65'", "state"),
        ("DELETE FROM state WHERE key LIKE 'terminal/%' OR CAST(key AS TEXT) LIKE 'terminal/%'", "state"),
        ("INSERT INTO state VALUES (x'6f72672f7a657573', x'00')", "state"),
        ("UPDATE log_leaves SET leaf = x'00' WHERE position = 0", "log_leaves"),
        ("INSERT INTO log_leaves VALUES (x'726f6f746c6f67', 9, x'00')", "log_leaves"),
        ("DELETE FROM blocks WHERE height = 2", "blocks"),
        ("UPDATE blocks SET block = x'80' WHERE height = 4", "blocks"),
        ("UPDATE blocks SET block = (SELECT block FROM blocks WHERE height = 2) WHERE height = 3", "blocks"),
        ("CREATE TRIGGER t AFTER INSERT ON state BEGIN DELETE FROM state; END", "t"),
    ],
)
def test_each_change_of_a_row_is_named(file: Path, change: str, table: str) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        assert db.execute(change).rowcount != 0
    assert table in {problem.table for problem in audit_comet(file).problems}


def test_other_results_than_those_of_the_transactions_are_named(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        (raw,) = db.execute("SELECT block FROM blocks WHERE height = 4").fetchone()
        block = DecidedBlock.from_bytes(raw)
        other = DecidedBlock(block.hash, block.time, block.app_hash, block.transactions, ("ok",))
        db.execute("UPDATE blocks SET block = ? WHERE height = 4", (other.to_bytes(),))
    (problem,) = audit_comet(file).problems
    assert (problem.table, problem.row) == ("blocks", "4")
