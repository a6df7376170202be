"""Four validators, real CometBFTs on loopback: they agree, go on without one, halt without two, and lose nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.comet_program import comet_program
from veriwatt.errors import NotFound, Unavailable
from veriwatt.ids import Digest
from veriwatt.ledger.comet.ledger import CometLedger
from veriwatt.ledger.comet.node import NodeHalted
from veriwatt.ledger.comet.snapshot import NoBlockYet
from veriwatt.ledger.open_ledger import ledger_file
from veriwatt.machine.terminals import queries
from veriwatt.merkle.state_proof import verify_state
from veriwatt.model.ledger.block import header_hash
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.state_keys import passport_key
from veriwatt.ports.ledger import Head, ResultUnknown, submit
from veriwatt.system.clock import SystemClock
from veriwatt.testing.actors import SimMember, SimTerminal, sim_genesis
from veriwatt.testing.comet_network import CometNetwork, height_of, wait_until
from veriwatt.units import DAY, MINUTE, SECOND, UtcMillis
from veriwatt.verify.light_block import verify_commit, verify_skipping

pytestmark = [pytest.mark.engine, pytest.mark.slow]

VALIDATORS = 4


@pytest.fixture
def ann() -> SimMember:
    return SimMember("acme", "ann")


@pytest.fixture
def genesis(ann: SimMember) -> Genesis:
    return sim_genesis(ann, validators=VALIDATORS)


@pytest.fixture
def network(tmp_path: Path, genesis: Genesis) -> Iterator[CometNetwork]:
    with CometNetwork(tmp_path, genesis, comet_program(), block_pause=100) as network:
        run(network, range(VALIDATORS))
        yield network


def run(network: CometNetwork, which: Sequence[int]) -> list[CometLedger]:
    """Start these nodes, and wait until each has a block."""
    with ThreadPoolExecutor() as pool:
        ledgers = list(pool.map(network.run, which))
    wait_until(lambda: min(map(height_of, ledgers)) > 0)
    return ledgers


def agree(ledgers: Sequence[CometLedger]) -> int:
    """Wait until all have the newest height of any, and compare every header up to it; returns that height."""
    top = max(height_of(ledger) for ledger in ledgers)
    wait_until(lambda: min(map(height_of, ledgers)) >= top)
    for height in range(1, top + 1):
        assert len({header_hash(ledger.light_block(height).header) for ledger in ledgers}) == 1
    blocks = [[(each.transaction, each.result.code) for each in ledger.executed()][:1000] for ledger in ledgers]
    assert all(executed[: len(blocks[0])] == blocks[0] for executed in blocks if len(executed) >= len(blocks[0]))
    return top


def test_all_validators_agree_on_every_block_whoever_it_was_given_to(network: CometNetwork, ann: SimMember) -> None:
    ledgers = list(network.running.values())
    for at, ledger in enumerate(ledgers):
        head, bound = _head_and_bound(ledger)
        (result,) = submit(ledger, [ann.enrol(SimTerminal("acme", f"t{at}"))])
        assert result.ok
        assert head.time < bound <= ledger.light_block(head.height + 1).header.time_ms
    agree(ledgers)
    for ledger in ledgers:
        with ledger.snapshot() as now:
            proof = now.prove([passport_key("acme", "t0"), passport_key("acme", "none")])
        verify_commit(proof.light, network.genesis.chain_id)
        verify_state(Digest(proof.light.header.app_hash), proof.proof, proof.values)
        assert len(proof.light.validators.validators) == VALIDATORS
        trusted, newest = ledger.light_block(2), proof.light  # block 1 has the time of the genesis
        now_ms = SystemClock().now()
        verify_skipping(trusted.header, trusted.validators, newest, trust_period_ms=DAY, now_ms=now_ms)


def _head_and_bound(ledger: CometLedger) -> tuple[Head, UtcMillis]:
    """The newest head, and what the time of the block after it is at least; no block came in between."""
    while True:
        head, bound = ledger.head(), ledger.next_time()
        if ledger.head() == head:
            return head, bound


def test_it_goes_on_without_one_and_halts_safely_without_two(network: CometNetwork, ann: SimMember) -> None:
    network.stop(3)
    assert submit(network.running[0], [ann.enrol(SimTerminal("acme", "t1"))])[0].ok
    network.stop(2)
    waiting = ann.enrol(SimTerminal("acme", "t2"))
    (ticket,) = network.running[0].broadcast([waiting])
    with pytest.raises(ResultUnknown):
        network.running[0].await_result(ticket, 3 * SECOND)
    head = network.running[0].head()
    assert network.running[0].get(passport_key("acme", "t1")) is not None  # reading goes on
    run(network, [2, 3])
    assert network.running[0].await_result(ticket, MINUTE).ok
    assert agree(list(network.running.values())) > head.height
    for ledger in network.running.values():
        assert queries.present_passport(ledger, "acme", "t2").org == "acme"


def test_a_cometbft_that_is_killed_is_started_again_and_catches_up(network: CometNetwork, ann: SimMember) -> None:
    hurt, other = network.running[1], network.running[0]
    before = hurt.node.process.pid
    os.kill(before, signal.SIGKILL)
    for at in range(3):
        assert submit(other, [ann.enrol(SimTerminal("acme", f"t{at}"))])[0].ok
    wait_until(lambda: hurt.node.process.pid != before)
    agree(list(network.running.values()))
    wait_until(lambda: submits(hurt, ann.enrol(SimTerminal("acme", "after"))))


def submits(ledger: CometLedger, raw: bytes) -> bool:
    try:
        return submit(ledger, [raw])[0].ok
    except Unavailable:
        return False


def test_a_network_that_was_stopped_goes_on_where_it_was(network: CometNetwork, ann: SimMember) -> None:
    raw = ann.enrol(SimTerminal("acme", "t1"))
    (first,) = submit(network.running[0], [raw])
    for at in list(network.running):
        network.stop(at)
    ledgers = run(network, range(VALIDATORS))
    (again,) = submit(ledgers[2], [raw])
    assert (again.code, again.height, again.time) == (first.code, first.height, first.time)
    new = ann.enrol(SimTerminal("acme", "t2"))
    wait_until(lambda: submits(ledgers[1], new))  # it may still catch up, and takes none until then
    agree(ledgers)


def test_a_network_without_enough_validators_has_no_block(tmp_path: Path, genesis: Genesis) -> None:
    with CometNetwork(tmp_path, genesis, comet_program()) as network:
        lonely = network.run(0)
        with pytest.raises(NoBlockYet):
            lonely.head()
        assert lonely.get(b"org/acme") is not None


def test_a_validator_with_a_changed_state_halts_and_the_others_go_on(network: CometNetwork, ann: SimMember) -> None:
    hurt = network.running[3]
    with closing(sqlite3.connect(ledger_file(network.folder(3)))) as db, db:
        db.execute("INSERT INTO state VALUES (?, ?)", (b"org/zeus", b"never admitted"))
    os.kill(hurt.node.process.pid, signal.SIGKILL)
    wait_until(lambda: is_halted(hurt))
    with pytest.raises(NodeHalted, match="state rows are not those of block"):
        hurt.broadcast([ann.enrol(SimTerminal("acme", "t1"))])
    assert submit(network.running[0], [ann.enrol(SimTerminal("acme", "t2"))])[0].ok
    agree([network.running[at] for at in range(3)])


def is_halted(ledger: CometLedger) -> bool:
    try:
        return ledger.node.application is None
    except NodeHalted:
        return True


def test_a_node_whose_file_cannot_be_written_goes_on_when_it_can(network: CometNetwork, ann: SimMember) -> None:
    hurt, other = network.running[2], network.running[0]
    with closing(sqlite3.connect(ledger_file(network.folder(2)), isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")  # as a full disk or a lock does, every commit of the application fails
        before = hurt.node.process.pid
        assert submit(other, [ann.enrol(SimTerminal("acme", "t1"))])[0].ok
        wait_until(lambda: hurt.node.process.pid != before)
    assert submit(other, [ann.enrol(SimTerminal("acme", "t2"))])[0].ok
    assert agree(list(network.running.values())) > 2


def test_a_fifth_node_takes_the_state_from_a_snapshot(tmp_path: Path, genesis: Genesis, ann: SimMember) -> None:
    with CometNetwork(tmp_path, genesis, comet_program(), snapshot_interval=4, more=1) as network:
        ledgers = run(network, range(VALIDATORS))
        trusted = ledgers[0].light_block(submit(ledgers[0], [ann.open_log()])[0].height)
        for at in range(5):
            assert submit(ledgers[0], [ann.enrol(SimTerminal("acme", f"t{at}"))])[0].ok
        fifth = network.run(4, sync_at=trusted)
        wait_until(lambda: height_of(fifth) > 4)
        new = ann.enrol(SimTerminal("acme", "fifth"))
        wait_until(lambda: submits(fifth, new))
        top = height_of(fifth)
        wait_until(lambda: height_of(ledgers[0]) >= top)
        with fifth.snapshot() as one, ledgers[0].snapshot() as other:
            assert dict(one.scan(b"")) == dict(other.scan(b""))
        with pytest.raises(NotFound, match="it began with a snapshot"):
            list(fifth.executed())
        network.stop(4)
        again = network.run(4)
        wait_until(lambda: height_of(again) >= top)


def test_an_idle_network_makes_no_blocks(network: CometNetwork, ann: SimMember) -> None:
    ledger = network.running[0]
    head = submit(ledger, [ann.open_log()])[0].height + 1
    time.sleep(5)
    assert ledger.head().height == head


def test_a_validator_that_proposes_invalid_blocks_is_outvoted(network: CometNetwork, ann: SimMember) -> None:
    """Its proposals hold what nobody signed, and what was executed before."""
    liar, done = network.running[3], ann.open_log()
    assert submit(network.running[0], [done])[0].ok
    application = liar.node.application
    honest, proposed = application.prepare, list[int]()

    def lying(height: int, time: UtcMillis, transactions: Sequence[bytes]) -> tuple[bytes, ...]:
        proposed.append(height)
        return (*honest(height, time, transactions), b"nobody signed this", done)

    application.prepare = lying  # type: ignore[method-assign]
    sent = 0
    while len(proposed) < 2:
        assert submit(network.running[0], [ann.enrol(SimTerminal("acme", f"t{sent}"))])[0].ok
        sent += 1
    agree(list(network.running.values()))
    blocks = [each.transaction for each in network.running[0].executed()]
    assert (blocks.count(done), blocks.count(b"nobody signed this")) == (1, 0)
    assert [network.running[0].light_block(height).commit.round > 0 for height in proposed] == [True] * len(proposed)


def test_validators_are_started_again_one_after_the_other_under_load(network: CometNetwork, ann: SimMember) -> None:
    accepted = []
    for at in range(1, VALIDATORS):
        network.stop(at)
        for extra in range(2):
            name = f"t{at}-{extra}"
            assert submit(network.running[0], [ann.enrol(SimTerminal("acme", name))])[0].ok
            accepted.append(name)
        network.run(at)
        agree(list(network.running.values()))
    for ledger in network.running.values():
        assert [name for name in accepted if ledger.get(passport_key("acme", name)) is None] == []
