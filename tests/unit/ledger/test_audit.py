"""No row of any table can be altered, removed or added without the audit naming its table."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from veriwatt.errors import NotFound
from veriwatt.ledger.embedded.audit import audit
from veriwatt.ledger.embedded.block import StoredBlock, finalise
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.ledger.rows.ledger_audit import LedgerAudit
from veriwatt.merkle.tree import leaf_hash, tree_root
from veriwatt.model.ledger.bundle import CarriedResult, results_data
from veriwatt.model.members.organisation import AddMember
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_point, sim_validator
from veriwatt.testing.clocks import SimClock

LEAVES = [leaf_hash(bytes([at])) for at in range(9)]
KEYS = {"blocks": "height", "state": "key", "log_leaves": "log, position"}
BYTES = {"blocks": "block", "state": "value", "log_leaves": "leaf"}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path, ann = tmp_path_factory.mktemp("ledger") / "ledger.db", SimMember("acme", "ann")
    with EmbeddedLedger.create(path, sim_genesis(ann), sim_validator(), SimClock(START)) as ledger:
        first = [ann.open_log(), ann.enrol(SimTerminal("acme", "t1")), ann.open_log()]
        submit(ledger, first)
        submit(ledger, [ann.define("plant", sim_point()), ann.anchor(LEAVES[:4], 0)])
        submit(ledger, [ann.bundle(first[1], ann.anchor(LEAVES, 4))])
    return path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "ledger.db"))


def change(path: Path, statement: str, values: tuple[object, ...] = ()) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement, values)


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"SELECT {KEYS[table]}, {BYTES[table]} FROM {table} ORDER BY {KEYS[table]}").fetchall()


def where(table: str) -> str:
    return " AND ".join(f"{column} = ?" for column in KEYS[table].split(", "))


def named(found: LedgerAudit) -> list[str]:
    return sorted({problem.table for problem in found.problems})


def test_a_sound_ledger_has_no_problem(path: Path) -> None:
    found = audit(path)
    assert found.problems == ()
    assert found.counts == {"blocks": 7, "transactions": 6, "state": 31, "log_leaves": 5}
    assert found.anchored["acme"].root() == tree_root(LEAVES)
    assert (found.height, found.root_log.size) == (7, 3)


@pytest.mark.parametrize("table", KEYS)
def test_every_row_altered_is_found_in_its_table(path: Path, tmp_path: Path, table: str) -> None:
    for *key, raw in rows(path, table):
        assert isinstance(raw, bytes)
        for at in {0, len(raw) // 3, len(raw) // 2, len(raw) - 1}:
            copy = Path(shutil.copy(path, tmp_path / "altered.db"))
            altered = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
            change(copy, f"UPDATE {table} SET {BYTES[table]} = ? WHERE {where(table)}", (altered, *key))
            assert table in named(audit(copy)), (key, at)


@pytest.mark.parametrize("table", KEYS)
def test_every_row_deleted_is_found_in_its_table(path: Path, tmp_path: Path, table: str) -> None:
    for *key, _ in rows(path, table):
        copy = Path(shutil.copy(path, tmp_path / "shorter.db"))
        change(copy, f"DELETE FROM {table} WHERE {where(table)}", tuple(key))
        assert table in named(audit(copy)), key


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("blocks", (8, b"x")),
        ("blocks", (-1, b"x")),
        ("blocks", (99, b"x")),
        ("state", (b"", b"")),
        ("state", (b"zzz", b"x")),
        ("state", (b"org/evil", b"x")),
        ("log_leaves", (b"rootlog", 3, b"x")),
        ("log_leaves", (b"rootlog", -1, b"x")),
        ("log_leaves", (b"new", 0, b"x")),
    ],
)
def test_every_row_added_is_found_in_its_table(path: Path, table: str, row: tuple[object, ...]) -> None:
    change(path, f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
    assert table in named(audit(path))


def test_removing_the_newest_proof_block_alone_is_found(path: Path) -> None:
    change(path, "DELETE FROM blocks WHERE height = 7")
    assert named(audit(path)) == ["blocks"]


def test_removing_the_newest_blocks_without_their_state_is_found(path: Path) -> None:
    change(path, "DELETE FROM blocks WHERE height >= 6")
    assert named(audit(path)) == ["log_leaves", "state"]


def test_removing_the_newest_blocks_with_their_state_leaves_an_older_ledger(sound: Path, tmp_path: Path) -> None:
    """What the file alone cannot show; a trust file's checkpoint and the data chain's size do."""
    ann, older = SimMember("acme", "ann"), tmp_path / "older.db"
    with EmbeddedLedger.create(older, sim_genesis(ann), sim_validator(), SimClock(START)) as ledger:
        submit(ledger, [ann.open_log(), ann.enrol(SimTerminal("acme", "t1")), ann.open_log()])
        submit(ledger, [ann.define("plant", sim_point()), ann.anchor(LEAVES[:4], 0)])
    found = audit(older)
    assert found.ok
    assert (found.height, found.anchored["acme"].size) == (5, 4)
    assert rows(older, "blocks") == rows(sound, "blocks")[:-2]


def test_a_bundles_result_that_is_not_that_of_its_transactions_is_found(path: Path) -> None:
    block = next(StoredBlock.from_bytes(raw) for at, raw in rows(path, "blocks") if at == 6 and isinstance(raw, bytes))
    altered = replace(block, results=(results_data([CarriedResult("ok", 2), CarriedResult("not-allowed", None)]),))
    change(path, "UPDATE blocks SET block = ? WHERE height = 6", (altered.to_bytes(),))
    assert audit(path).problems[0].what.startswith("transaction 0 has result of a bundle, ")


def test_block_time_set_back_by_the_signer_is_found(path: Path) -> None:
    before, last = (StoredBlock.from_bytes(raw) for *_, raw in rows(path, "blocks")[-2:] if isinstance(raw, bytes))
    forged = finalise(replace(last.header, time=before.header.time), (), (), sim_validator())
    change(path, "UPDATE blocks SET block = ? WHERE height = 7", (forged.to_bytes(),))
    assert [(p.row, p.what) for p in audit(path).problems] == [
        ("7", "header: its time is not later than that of the block before")
    ]


def test_a_problem_in_one_table_does_not_hide_one_in_another(path: Path) -> None:
    change(path, "UPDATE blocks SET block = x'00' WHERE height = 2")
    change(path, "UPDATE log_leaves SET leaf = x'00' WHERE position = 1")
    change(path, "UPDATE state SET value = x'00' WHERE key = CAST('org/acme' AS BLOB)")
    assert named(audit(path)) == ["blocks", "log_leaves", "state"]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (x)",
        "CREATE TRIGGER t AFTER INSERT ON blocks BEGIN DELETE FROM state; END",
        "DROP TABLE state",
    ],
)
def test_other_tables_and_triggers_are_found(path: Path, statement: str) -> None:
    change(path, statement)
    assert not audit(path).ok


def test_a_damaged_file_is_reported_not_raised(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[4096 * 2 : 4096 * 4] = bytes(4096 * 2)
    path.write_bytes(raw)
    assert not audit(path).ok


def test_a_file_that_is_no_database_is_reported(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)
    assert named(audit(path)) == ["file"]
    with pytest.raises(NotFound):
        audit(path.with_name("none.db"))


def test_a_ledger_in_use_can_be_audited(path: Path) -> None:
    ann = SimMember("acme", "ann")
    with EmbeddedLedger.open(path, sim_validator(), SimClock(START)) as ledger:
        ann.chain = ledger.chain_id
        steps: list[tuple[int, int]] = []
        assert audit(path, lambda done, total: steps.append((done, total))).ok
        assert steps[-1] == (7, 7)
        submit(ledger, [ann.sign(AddMember(SimMember("acme", "bea").new), client_id=b"a fresh client x")])
        assert audit(path).height == 9
