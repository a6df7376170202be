"""Misbehaviour from the wire to the state: recorded by FinalizeBlock, kept in the row, executed again from there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from veriwatt.ledger.comet import abci_pb2 as abci
from veriwatt.ledger.comet.application import Application
from veriwatt.ledger.comet.audit import audit_comet
from veriwatt.ledger.comet.decided_block import DecidedBlock
from veriwatt.ledger.comet.wire import framed
from veriwatt.ledger.rows.state_trees import StateTrees
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.envelopes import CACHED_BYTES, Envelopes
from veriwatt.machine.governance import queries
from veriwatt.model.governance.parameters import CONSORTIUM
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.misbehaviour import Misbehaviour, MisbehaviourKind
from veriwatt.model.ledger.protowire import bytes_field, message_field, varint_field
from veriwatt.model.ledger.validators import address_of
from veriwatt.testing.abci_client import AbciClient, AbciHost, SimConsensus
from veriwatt.testing.actors import START, SimMember, sim_genesis, sim_validator
from veriwatt.units import SECOND

ADDRESS = address_of(sim_validator(0).public.raw)
TOLD = abci.Misbehavior(
    type=1,
    validator=abci.Validator(address=ADDRESS, power=10),
    height=1,
    time=abci.Timestamp(seconds=START // SECOND),
    total_voting_power=10,
)
EMPTY_HASH = bytes(32)


@pytest.fixture
def genesis() -> Genesis:
    return sim_genesis(SimMember("acme", "ann"), parameters=CONSORTIUM)


@pytest.fixture
def host(tmp_path: Path, genesis: Genesis) -> Iterator[AbciHost]:
    with AbciHost(tmp_path, genesis) as host:
        yield host


@pytest.fixture
def client(host: AbciHost) -> Iterator[AbciClient]:
    with AbciClient(host.folder) as client:
        yield client


@pytest.fixture
def chain(client: AbciClient, genesis: Genesis) -> SimConsensus:
    chain = SimConsensus(client, genesis)
    chain.init_chain()
    chain.block()
    return chain


def finalize_bytes(kind: int, height: int, time: int) -> bytes:
    """FinalizeBlock of an empty block with misbehaviour, by the published field numbers."""
    instant = varint_field(1, time // SECOND) + varint_field(2, 7_654_321)
    who = bytes_field(1, ADDRESS) + varint_field(3, 10)
    told = (
        varint_field(1, kind)
        + message_field(2, who)
        + varint_field(3, 1)
        + message_field(4, instant)
        + varint_field(5, 40)
    )
    block_time = message_field(6, varint_field(1, (time + SECOND) // SECOND))
    block = message_field(2, b"") + message_field(3, told) + bytes_field(4, EMPTY_HASH) + varint_field(5, height)
    return message_field(20, block + block_time + bytes_field(7, EMPTY_HASH) + bytes_field(8, ADDRESS))


def test_what_cometbft_sends_is_read_by_the_published_numbers(
    host: AbciHost, client: AbciClient, chain: SimConsensus
) -> None:
    client.send_raw(framed(finalize_bytes(1, 2, chain.time)))
    client.send(abci.Request(flush=abci.RequestFlush()))
    answer, _ = client.receive(), client.receive()
    assert answer is not None
    assert answer.finalize_block.app_hash != chain.app_hash
    client.call(abci.Request(commit=abci.RequestCommit()))
    raw = host.tables.block(2)
    assert raw is not None
    assert DecidedBlock.from_bytes(raw).misbehaviour == (
        Misbehaviour(MisbehaviourKind.DUPLICATE_VOTE, ADDRESS, 10, 40, 1, chain.time + 7),
    )


@pytest.mark.parametrize("kind", [0, 3])
def test_misbehaviour_of_a_kind_that_nobody_knows_stops_the_node(
    host: AbciHost, client: AbciClient, chain: SimConsensus, kind: int
) -> None:
    client.send_raw(framed(finalize_bytes(kind, 2, chain.time)))
    answer = client.receive()
    assert answer is not None
    assert "unknown kind" in answer.exception.error
    assert host.server.failure is not None


def test_a_block_of_misbehaviour_changes_the_app_hash_once_and_then_blocks_are_empty_again(
    host: AbciHost, chain: SimConsensus
) -> None:
    before = chain.app_hash
    chain.decide([], misbehaviour=[TOLD])
    after = chain.app_hash
    assert after != before
    chain.decide([], misbehaviour=[TOLD])
    chain.block()
    assert chain.app_hash == after
    found = queries.misbehaviour(host.tables, ADDRESS)
    assert found is not None
    assert [each.height for each in found.recorded] == [2]
    assert audit_comet(host.folder / "ledger.db").ok


def test_misbehaviour_of_the_newest_block_is_found_again_after_a_kill(
    host: AbciHost, chain: SimConsensus, genesis: Genesis
) -> None:
    """Between FinalizeBlock and Commit nothing is kept; after Commit its row has it, and its changes come of that."""
    chain.finalize([], misbehaviour=[TOLD])
    assert newest_root(host, genesis) == chain.app_hash
    chain.decide([], misbehaviour=[TOLD])
    assert queries.misbehaviour(host.tables, ADDRESS) is None, "the file is one block behind"
    assert newest_root(host, genesis) == chain.app_hash


def newest_root(host: AbciHost, genesis: Genesis) -> bytes:
    """The root of the newest state, as another process finds it in the file."""
    tables = Tables(host.folder / "ledger.db", writable=False)
    try:
        opened = Application(tables, genesis, StateTrees(), Envelopes(limit=CACHED_BYTES), lambda _: None)
        return opened.newest()[1]
    finally:
        tables.close()


@pytest.mark.parametrize("hide", [True, False])
def test_an_audit_names_a_row_whose_misbehaviour_was_taken_out_or_invented(
    host: AbciHost, chain: SimConsensus, *, hide: bool
) -> None:
    """The owner of a node clears the name of its own validator, or blackens another's."""
    chain.decide([], misbehaviour=[TOLD] if hide else [])
    chain.block()
    chain.block()
    file = host.folder / "ledger.db"
    assert audit_comet(file).ok
    invented = Misbehaviour(MisbehaviourKind.LIGHT_CLIENT_ATTACK, bytes(20), 10, 10, 1, START)
    with closing(sqlite3.connect(file)) as db, db:
        (raw,) = db.execute("SELECT block FROM blocks WHERE height = 2").fetchone()
        other = replace(DecidedBlock.from_bytes(raw), misbehaviour=() if hide else (invented,))
        db.execute("UPDATE blocks SET block = ? WHERE height = 2", (other.to_bytes(),))
    assert ("blocks", "3") in [(each.table, each.row) for each in audit_comet(file).problems]
