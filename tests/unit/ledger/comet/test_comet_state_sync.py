"""A snapshot, from a node that has blocks to one that has none, over the wire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.ledger.comet import abci_pb2 as abci
from veriwatt.ledger.comet.audit import audit_comet
from veriwatt.ledger.rows import state_chunks
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.testing.abci_client import AbciClient, AbciHost, SimConsensus
from veriwatt.testing.actors import SimMember, SimTerminal, sim_genesis
from veriwatt.units import SECOND

INTERVAL = 4
Offer, Apply = abci.ResponseOfferSnapshot, abci.ResponseApplySnapshotChunk


class Sync:
    """`old` has a snapshot of the state after block 4, `new` has the genesis."""

    def __init__(self, folder: Path, genesis: Genesis, ann: SimMember) -> None:
        for name in ("old", "new"):
            (folder / name).mkdir()
        self.old_host = AbciHost(folder / "old", genesis, snapshot_interval=INTERVAL)
        self.new_host = AbciHost(folder / "new", genesis)
        self.old, self.new = AbciClient(folder / "old"), AbciClient(folder / "new")
        self.chain = SimConsensus(self.old, genesis)
        self.chain.init_chain()
        self.chain.block([ann.open_log()])
        for at in range(3):
            self.chain.block([ann.enrol(SimTerminal("acme", f"t{at}"))])
        self.app_hash = self.chain.app_hash  # the one in header 5
        self.last = ann.enrol(SimTerminal("acme", "later"))
        self.chain.block([self.last])
        self.old_host.state_sync.finish()
        (self.snapshot,) = self.old.call(
            abci.Request(list_snapshots=abci.RequestListSnapshots())
        ).list_snapshots.snapshots

    def offer(self, snapshot: abci.Snapshot, app_hash: bytes) -> int:
        request = abci.RequestOfferSnapshot(snapshot=snapshot, app_hash=app_hash)
        return self.new.call(abci.Request(offer_snapshot=request)).offer_snapshot.result

    def chunk(self, index: int) -> bytes:
        request = abci.RequestLoadSnapshotChunk(height=self.snapshot.height, format=self.snapshot.format, chunk=index)
        return self.old.call(abci.Request(load_snapshot_chunk=request)).load_snapshot_chunk.chunk

    def apply(self, index: int, chunk: bytes) -> abci.ResponseApplySnapshotChunk:
        request = abci.RequestApplySnapshotChunk(index=index, chunk=chunk, sender="peer")
        return self.new.call(abci.Request(apply_snapshot_chunk=request)).apply_snapshot_chunk

    def close(self) -> None:
        for each in (self.old, self.new):
            each.close()
        for host in (self.old_host, self.new_host):
            host.__exit__()


@pytest.fixture
def ann() -> SimMember:
    return SimMember("acme", "ann")


@pytest.fixture
def sync(tmp_path: Path, ann: SimMember, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sync]:
    monkeypatch.setattr(state_chunks, "CHUNK_BYTES", 500)
    sync = Sync(tmp_path, sim_genesis(ann), ann)
    yield sync
    sync.close()


def test_a_new_node_continues_from_a_snapshot(sync: Sync) -> None:
    assert sync.snapshot.height == INTERVAL
    assert sync.snapshot.chunks > 2
    assert sync.offer(sync.snapshot, sync.app_hash) == Offer.ACCEPT
    for index in reversed(range(sync.snapshot.chunks)):
        assert sync.apply(index, sync.chunk(index)).result == Apply.ACCEPT
    info = sync.new.info()
    assert (info.last_block_height, info.last_block_app_hash) == (INTERVAL, sync.app_hash)
    chain = SimConsensus(sync.new, sync.chain.genesis)
    chain.time = sync.chain.time - SECOND
    chain.block([sync.last])
    assert chain.app_hash == sync.chain.app_hash
    chain.block()
    sync.chain.block()
    assert list(sync.new_host.tables.scan(b"")) == list(sync.old_host.tables.scan(b""))
    assert list(sync.new_host.tables.all_leaves()) == list(sync.old_host.tables.all_leaves())


def test_a_chunk_that_was_changed_is_fetched_from_another_peer(sync: Sync) -> None:
    sync.offer(sync.snapshot, sync.app_hash)
    answer = sync.apply(0, sync.chunk(0) + b"!")
    assert (answer.result, list(answer.refetch_chunks), list(answer.reject_senders)) == (Apply.RETRY, [0], ["peer"])
    assert sync.apply(0, sync.chunk(0)).result == Apply.ACCEPT


def test_a_snapshot_of_another_state_is_never_taken(sync: Sync) -> None:
    assert sync.offer(sync.snapshot, bytes(32)) == Offer.ACCEPT
    results = [sync.apply(index, sync.chunk(index)).result for index in range(sync.snapshot.chunks)]
    assert results[-1] == Apply.REJECT_SNAPSHOT
    assert sync.new.info().last_block_height == 0


def test_a_snapshot_without_a_leaf_of_its_logs_is_never_taken(sync: Sync) -> None:
    tables = sync.old_host.tables
    leaves = list(state_chunks.leaves_in(state_chunks.chunks_of(tables.scan(b""), tables.all_leaves())))
    assert state_chunks.check_leaves(leaves, tables) == leaves[-1][2]
    for wrong in (leaves[1:], leaves[:-1], [*leaves, leaves[-1]], [*leaves, (b"another log", 0, b"leaf")]):
        with pytest.raises(state_chunks.LeavesMissing):
            state_chunks.check_leaves(wrong, tables)


def test_what_is_no_snapshot_of_ours_is_refused(sync: Sync) -> None:
    good = sync.snapshot
    other_format = abci.Snapshot(height=4, format=9, chunks=good.chunks, hash=good.hash, metadata=good.metadata)
    other_hash = abci.Snapshot(height=4, format=good.format, chunks=good.chunks, hash=bytes(32), metadata=good.metadata)
    nonsense = abci.Snapshot(height=4, format=good.format, chunks=1, hash=good.hash, metadata=b"nonsense")
    assert sync.offer(other_format, sync.app_hash) == Offer.REJECT_FORMAT
    assert sync.offer(other_hash, sync.app_hash) == Offer.REJECT
    assert sync.offer(nonsense, sync.app_hash) == Offer.REJECT
    SimConsensus(sync.new, sync.chain.genesis).init_chain()
    chain = SimConsensus(sync.new, sync.chain.genesis)
    chain.block()
    assert sync.offer(good, sync.app_hash) == Offer.ABORT


def test_a_chunk_that_is_not_there_is_empty(sync: Sync) -> None:
    assert sync.chunk(99) == b""


def test_the_file_of_a_synced_node_is_held_to_its_app_hash(sync: Sync) -> None:
    sync.offer(sync.snapshot, sync.app_hash)
    for index in range(sync.snapshot.chunks):
        sync.apply(index, sync.chunk(index))
    chain = SimConsensus(sync.new, sync.chain.genesis)
    chain.time = sync.chain.time
    chain.block()
    file = sync.new_host.folder / "ledger.db"
    assert audit_comet(file).ok
    sync.new_host.tables.write([], {b"org/zeus": b"never admitted"}, [])
    assert [problem.table for problem in audit_comet(file).problems] == ["state"]
