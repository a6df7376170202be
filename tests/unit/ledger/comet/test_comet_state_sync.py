"""A snapshot, from a node that has blocks to one that has none, over the wire."""

from __future__ import annotations

from veriwatt.ledger.comet import abci_pb2 as abci
from veriwatt.ledger.comet.audit import audit_comet
from veriwatt.testing.abci_client import SimConsensus
from veriwatt.testing.snapshot_sync import HEIGHT, Apply, Offer, SnapshotSync
from veriwatt.units import SECOND


def test_a_new_node_continues_from_a_snapshot(sync: SnapshotSync) -> None:
    assert sync.snapshot.height == HEIGHT
    assert sync.snapshot.chunks > 2
    assert sync.offer(sync.snapshot, sync.app_hash) == Offer.ACCEPT
    for index in range(sync.snapshot.chunks):
        assert sync.apply(index, sync.chunk(index)).result == Apply.ACCEPT
    assert not sync.received()
    info = sync.new.info()
    assert (info.last_block_height, info.last_block_app_hash) == (HEIGHT, sync.app_hash)
    chain = SimConsensus(sync.new, sync.chain.genesis)
    chain.time = sync.chain.time - SECOND
    chain.block([sync.last])
    assert chain.app_hash == sync.chain.app_hash
    chain.block()
    sync.chain.block()
    assert list(sync.new_host.tables.scan(b"")) == list(sync.old_host.tables.scan(b""))
    assert list(sync.new_host.tables.all_leaves()) == list(sync.old_host.tables.all_leaves())


def test_a_chunk_that_was_changed_is_fetched_from_another_peer(sync: SnapshotSync) -> None:
    sync.offer(sync.snapshot, sync.app_hash)
    answer = sync.apply(0, sync.chunk(0) + b"!")
    assert (answer.result, list(answer.refetch_chunks), list(answer.reject_senders)) == (Apply.RETRY, [0], ["peer"])
    assert sync.apply(0, sync.chunk(0)).result == Apply.ACCEPT


def test_a_snapshot_of_another_state_is_never_taken(sync: SnapshotSync) -> None:
    assert sync.offer(sync.snapshot, bytes(32)) == Offer.ACCEPT
    assert sync.apply(0, sync.chunk(0)).result == Apply.REJECT_SNAPSHOT
    assert not sync.received()
    assert sync.new.info().last_block_height == 0


def test_what_is_no_snapshot_of_ours_is_refused(sync: SnapshotSync) -> None:
    good = sync.snapshot
    other_format = abci.Snapshot(height=4, format=9, chunks=good.chunks, hash=good.hash, metadata=good.metadata)
    other_hash = abci.Snapshot(height=4, format=good.format, chunks=good.chunks, hash=bytes(32), metadata=good.metadata)
    nonsense = abci.Snapshot(height=4, format=good.format, chunks=1, hash=good.hash, metadata=b"nonsense")
    assert sync.offer(other_format, sync.app_hash) == Offer.REJECT_FORMAT
    assert sync.offer(other_hash, sync.app_hash) == Offer.REJECT_SENDER
    assert sync.offer(nonsense, sync.app_hash) == Offer.REJECT_SENDER
    SimConsensus(sync.new, sync.chain.genesis).init_chain()
    chain = SimConsensus(sync.new, sync.chain.genesis)
    chain.block()
    assert sync.offer(good, sync.app_hash) == Offer.ABORT


def test_a_node_that_took_a_snapshot_and_executed_nothing_takes_another(sync: SnapshotSync) -> None:
    for _ in range(2):  # CometBFT was killed before it knew of the first
        assert sync.offer(sync.snapshot, sync.app_hash) == Offer.ACCEPT
        for index in range(sync.snapshot.chunks):
            assert sync.apply(index, sync.chunk(index)).result == Apply.ACCEPT
        assert sync.new.info().last_block_app_hash == sync.app_hash
    assert sync.new_host.state_sync.asked == 2 * (1 + sync.snapshot.chunks)
    chain = SimConsensus(sync.new, sync.chain.genesis)
    chain.time = sync.chain.time
    chain.block()
    assert sync.offer(sync.snapshot, sync.app_hash) == Offer.ABORT


def test_a_chunk_that_is_not_there_is_empty(sync: SnapshotSync) -> None:
    assert sync.chunk(99) == b""


def test_the_file_of_a_synced_node_is_held_to_its_app_hash(sync: SnapshotSync) -> None:
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
