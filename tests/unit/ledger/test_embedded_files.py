"""Creating, opening and closing the ledger's file."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Corrupted, NotFound, Refused, Unavailable
from veriwatt.ledger.embedded.block import Chain
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.ledger.embedded.replay import Replay
from veriwatt.ledger.embedded.stored_blocks import StoredBlocks
from veriwatt.ledger.rows.export import first_state
from veriwatt.ledger.rows.tables import Tables
from veriwatt.model.ledger.state_keys import members_prefix, passport_key
from veriwatt.model.members.organisation import AddMember
from veriwatt.ports.ledger import Ledger, StateProof, submit
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.units import HOUR

TERMINAL = SimTerminal("acme", "t1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ann() -> SimMember:
    return SimMember("acme", "ann")


@pytest.fixture
def ledger(path: Path, ann: SimMember) -> EmbeddedLedger:
    return EmbeddedLedger.create(path, sim_genesis(ann), sim_validator(), SimClock(START))


def test_a_second_writer_is_refused_while_the_ledger_is_open(ledger: EmbeddedLedger, path: Path) -> None:
    with pytest.raises(Unavailable, match="another process has the ledger open"):
        EmbeddedLedger.open(path, sim_validator(), SimClock(START))
    ledger.close()
    EmbeddedLedger.open(path, sim_validator(), SimClock(START)).close()


def test_a_reader_follows_and_proves_what_the_writer_wrote(ledger: EmbeddedLedger, path: Path, ann: SimMember) -> None:
    with ledger, EmbeddedLedger.open(path, None, SimClock(START)) as reader:
        assert reader.get(passport_key("acme", "t1")) is None
        before = prove(reader, b"chain")
        submit(ledger, [ann.enrol(TERMINAL)])
        assert prove(reader, b"chain").light != before.light
        assert reader.head() == ledger.head()
        assert prove(reader, passport_key("acme", "t1")) == prove(ledger, passport_key("acme", "t1"))
        with pytest.raises(RuntimeError):
            reader.broadcast([ann.open_log()])


def test_a_closed_ledger_is_one_file(ledger: EmbeddedLedger, path: Path, ann: SimMember) -> None:
    with ledger:
        submit(ledger, [ann.open_log()])
        prove(ledger, b"chain")
    assert sorted(each.name for each in path.parent.iterdir()) == ["ledger.db", "ledger.lock"]


def test_a_writer_reads_of_the_file_only_what_it_has_not_seen(
    ledger: EmbeddedLedger, path: Path, ann: SimMember
) -> None:
    ledger.close()
    read = list[str]()

    class Traced(sqlite3.Connection):
        def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
            read.extend([sql] if sql.startswith("SELECT value FROM state") else [])
            return super().execute(sql, values)

    with EmbeddedLedger.open(path, sim_validator(), SimClock(START), connection=Traced) as again:
        submit(again, [ann.open_log()])
        for size in (0, 10, 20):
            read.clear()
            submit(again, [ann.anchor([sha256(b"%d" % at) for at in range(size + 10)], size)])
        assert len(read) == 1  # its client id


def test_a_ledger_is_created_once(ledger: EmbeddedLedger, path: Path, ann: SimMember) -> None:
    ledger.close()
    with pytest.raises(Refused, match="already"):
        EmbeddedLedger.create(path, sim_genesis(ann), sim_validator(), SimClock(START))


def test_another_key_cannot_continue_the_ledger(ledger: EmbeddedLedger, path: Path, ann: SimMember) -> None:
    ledger.close()
    with pytest.raises(Refused, match="signed by key"):
        EmbeddedLedger.open(path, ann.key, SimClock(START))


def test_an_embedded_ledger_has_one_validator(path: Path, ann: SimMember) -> None:
    with pytest.raises(Refused, match="one validator"):
        EmbeddedLedger.create(path, sim_genesis(ann, validators=4), sim_validator(), SimClock(START))


def test_there_must_be_a_ledger_to_open(path: Path) -> None:
    with pytest.raises(NotFound):
        EmbeddedLedger.open(path, None, SimClock(START))
    path.write_bytes(b"")
    with pytest.raises(NotFound):
        EmbeddedLedger.open(path, None, SimClock(START))
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(Corrupted):
        EmbeddedLedger.open(path, None, SimClock(START))


def test_a_creation_that_stopped_half_way_can_be_done_again(path: Path, ann: SimMember) -> None:
    sqlite3.connect(path).close()
    path.touch()
    with EmbeddedLedger.create(path, sim_genesis(ann), sim_validator(), SimClock(START)) as ledger:
        assert ledger.head().height == 1


def test_block_time_is_the_clocks_and_goes_forward_when_the_clock_stands_still(path: Path, ann: SimMember) -> None:
    clock = SimClock(START)
    with EmbeddedLedger.create(path, sim_genesis(ann), sim_validator(), clock) as ledger:
        submit(ledger, [ann.open_log()])
        clock.advance_to(START + HOUR)
        submit(ledger, [ann.enrol(TERMINAL)])
        times = [ledger.light_block(height).header.time_ms for height in range(1, 6)]
    assert times == [START, START + 1, START + 2, START + HOUR, START + HOUR + 1]


def test_altered_state_is_not_proven_and_not_built_upon(ledger: EmbeddedLedger, path: Path, ann: SimMember) -> None:
    ledger.close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE state SET value = x'00' WHERE key = CAST('rootlog' AS BLOB)")
    database.close()
    with EmbeddedLedger.open(path, sim_validator(), SimClock(START)) as altered:
        with pytest.raises(Corrupted, match="state rows"):
            prove(altered, b"rootlog")
        with pytest.raises(Corrupted, match="state rows"):
            altered.broadcast([ann.open_log()])


def test_the_blocks_alone_give_the_state(ledger: EmbeddedLedger, path: Path, ann: SimMember) -> None:
    with ledger:
        submit(ledger, [ann.open_log(), ann.enrol(TERMINAL), ann.enrol(TERMINAL)])
        submit(ledger, [ann.add_member(SimMember("acme", "bea"))])
        again, blocks = (
            Replay(ledger.genesis, first_state(ledger.genesis, None)),
            StoredBlocks(Chain.of(ledger.genesis)),
        )
        with closing(Tables(path, writable=False)) as tables:
            for height in range(1, ledger.head().height + 1):
                again.execute(blocks.at(tables, height))
        assert again.root == ledger.head().app_hash
        assert list(again.rows.scan(b"")) == list(ledger.scan(b""))
        assert [each.result.code for each in ledger.executed(2)][2] == "record-exists"


def test_what_was_accepted_stays_so_when_a_bundle_brings_it_again_after_its_expiry(
    ledger: EmbeddedLedger, ann: SimMember
) -> None:
    raw = ann.sign(AddMember(SimMember("acme", "bea").new), expiry=3)
    with ledger:
        (ticket,) = ledger.broadcast([raw])
        first = ledger.await_result(ticket, 0)
        assert first.ok
        submit(ledger, [ann.open_log()])
        submit(ledger, [ann.bundle(raw, ann.add_member(SimMember("acme", "cid")))])
        assert ledger.await_result(ticket, 0) == first


def test_scans_cross_many_pages(ledger: EmbeddedLedger, ann: SimMember) -> None:
    with ledger:
        submit(ledger, [ann.add_member(SimMember("acme", f"m{at:04}")) for at in range(700)])
        names = [key for key, _ in ledger.scan(members_prefix("acme"))]
        assert names == sorted(names)
        assert len(names) == 701


def test_many_threads_may_submit_and_prove(ledger: EmbeddedLedger, ann: SimMember) -> None:
    offers = [ann.add_member(SimMember("acme", f"m{at}")) for at in range(12)]
    failed: list[BaseException] = []

    def work(raw: bytes) -> None:
        try:
            assert submit(ledger, [raw])[0].ok
            prove(ledger, b"chain")
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    with ledger:
        threads = [threading.Thread(target=work, args=(raw,)) for raw in offers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert ledger.head().height == 25


def prove(ledger: Ledger, *keys: bytes) -> StateProof:
    with ledger.snapshot() as now:
        return now.prove(keys)
