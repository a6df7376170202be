"""The index of hashes: it follows the ledger, is made again when lost or damaged, and a wrong row finds nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Unavailable
from veriwatt.ids import Digest
from veriwatt.machine.transaction_kinds import parse
from veriwatt.model.ledger.bundle import parse_bundle
from veriwatt.ports.ledger import Ledger, submit
from veriwatt.reading.explorer.blocks import places_of
from veriwatt.readmodel.hash_index import HashIndex, HashKind
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.queued_ledger import QueuedLedger

ANN = SimMember("acme", "ann")


@pytest.fixture
def ledger() -> QueuedLedger:
    made = QueuedLedger(sim_genesis(ANN), sim_validator(), SimClock(START))
    submit(made, [ANN.open_log()])
    submit(made, [ANN.bundle(ANN.enrol(SimTerminal("acme", "t1")), ANN.enrol(SimTerminal("acme", "t1")))])
    return made


@pytest.fixture
def index(tmp_path: Path, ledger: Ledger) -> Iterator[HashIndex]:
    with closing(HashIndex(tmp_path / "hashes.db", ledger.chain_id)) as made:
        yield made


def follow(index: HashIndex, ledger: Ledger) -> None:
    while index.follow(ledger, 2):
        pass


def found(index: HashIndex, ledger: Ledger, begins: bytes) -> list[tuple[str, int, int, int | None]]:
    places = places_of(ledger, index, begins, 20)
    return [(each.kind.value, each.height, each.place, each.carried) for each in places]


def every_hash(ledger: Ledger) -> dict[Digest, tuple[str, int, int, int | None]]:
    """What there is to find, by another way than the index's."""
    known: dict[Digest, tuple[str, int, int, int | None]] = {}
    for height in range(1, ledger.head().height + 1):
        block = ledger.block(height)
        known[block.hash] = ("block", height, 0, None)
        known.setdefault(block.app_hash, ("state", height, 0, None))
    for each in ledger.executed():
        height = each.result.height
        (item,) = ledger.block(height).items
        if each.relay:
            bundle = parse_bundle(item.raw)
            known[bundle.digest] = ("bundle", height, 0, None)
            at = bundle.transactions.index(each.transaction)
            known[parse(each.transaction).digest] = ("transaction", height, 0, at)
        else:
            known[parse(each.transaction).digest] = ("transaction", height, 0, None)
    return known


def test_every_hash_is_found_whole_and_by_its_beginning(index: HashIndex, ledger: QueuedLedger) -> None:
    follow(index, ledger)
    known = every_hash(ledger)
    assert {place[0] for place in known.values()} == {kind.value for kind in HashKind}
    for digest, place in known.items():
        assert found(index, ledger, digest) == found(index, ledger, digest[:6]) == [place]
    assert found(index, ledger, sha256(b"no such hash")) == []


def test_new_blocks_are_taken_in_and_a_deleted_file_is_made_again(
    index: HashIndex, ledger: QueuedLedger, tmp_path: Path
) -> None:
    follow(index, ledger)
    (result,) = submit(ledger, [last := ANN.enrol(SimTerminal("acme", "t3"))])
    digest = parse(last).digest
    assert found(index, ledger, digest) == []
    follow(index, ledger)
    assert found(index, ledger, digest) == [("transaction", result.height, 0, None)]
    index.close()
    for path in tmp_path.glob("hashes.db*"):
        path.unlink()
    with closing(HashIndex(tmp_path / "hashes.db", ledger.chain_id)) as again:
        follow(again, ledger)
        assert found(again, ledger, digest) == [("transaction", result.height, 0, None)]


def test_a_wrong_row_finds_nothing_and_is_forgotten(index: HashIndex, ledger: QueuedLedger, tmp_path: Path) -> None:
    follow(index, ledger)
    false = sha256(b"never executed")
    with closing(sqlite3.connect(tmp_path / "hashes.db")) as db, db:
        db.execute("insert into hashes values (?, 'transaction', 2, 0, null)", (false,))
        db.execute("update hashes set height = 1 where kind = 'bundle'")
    assert found(index, ledger, false) == []
    follow(index, ledger)
    known = every_hash(ledger)
    assert {digest: place for digest in known for place in found(index, ledger, digest)} == known


def test_a_file_that_is_no_database_is_made_anew(ledger: QueuedLedger, tmp_path: Path) -> None:
    path = tmp_path / "hashes.db"
    path.write_bytes(b"not a database " * 1000)
    with closing(HashIndex(path, ledger.chain_id)) as index:
        follow(index, ledger)
        assert found(index, ledger, ledger.block(2).hash) == [("block", 2, 0, None)]


def test_a_file_that_is_damaged_in_use_is_made_anew_and_the_question_asked_again(
    index: HashIndex, ledger: QueuedLedger, tmp_path: Path
) -> None:
    follow(index, ledger)
    with closing(sqlite3.connect(tmp_path / "hashes.db")) as db, db:
        db.execute("drop table hashes")
    with pytest.raises(Unavailable, match="ask again"):
        index.find(ledger.block(2).hash, 1)
    follow(index, ledger)
    assert found(index, ledger, ledger.block(2).hash) == [("block", 2, 0, None)]


def test_the_file_of_another_ledger_is_not_believed(ledger: QueuedLedger, tmp_path: Path) -> None:
    with closing(HashIndex(tmp_path / "hashes.db", "other-0123456789abcdef")) as other:
        follow(other, ledger)
    with closing(HashIndex(tmp_path / "hashes.db", ledger.chain_id)) as index:
        assert index.find(ledger.block(2).hash, 1) == []
        follow(index, ledger)
        assert found(index, ledger, ledger.block(2).hash) == [("block", 2, 0, None)]
