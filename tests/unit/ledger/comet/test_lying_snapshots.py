"""A peer that lies to a node that syncs its state: nothing but the true state is ever on the joiner's disk."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.ledger.comet import abci_pb2 as abci
from veriwatt.ledger.comet import snapshot_store
from veriwatt.ledger.comet.snapshot_parts import MOST_PARTS, SNAPSHOT_FORMAT, Part, PartsCheck, metadata_of
from veriwatt.ledger.comet.snapshot_store import SnapshotStore
from veriwatt.ledger.comet.state_sync import StateSync
from veriwatt.ledger.rows import state_chunks
from veriwatt.ledger.rows.state_chunks import Chunk
from veriwatt.merkle.state_proof import key_hash
from veriwatt.testing.snapshot_sync import HEIGHT, Apply, Offer, SnapshotSync

ZEROS = bytes(16_000_000)

_LAST_KEY = max((b"%d" % at for at in range(1_000)), key=key_hash)
"""A key after those of the state, by its hash."""


def _offered(sync: SnapshotSync, metadata: bytes, count: int) -> int:
    lie = abci.Snapshot(height=HEIGHT, format=SNAPSHOT_FORMAT, chunks=count, hash=sha256(metadata), metadata=metadata)
    return sync.offer(lie, sync.app_hash)


def _results(sync: SnapshotSync, parts: Sequence[Part]) -> list[int]:
    """What becomes of the parts of a lie, up to the first that is not accepted."""
    raw = [part.to_bytes() for part in parts]
    sync.lie(raw)
    results = list[int]()
    for index, part in enumerate(raw):
        results.append(sync.apply(index, part).result)
        if results[-1] != Apply.ACCEPT:
            break
    return results


@pytest.mark.parametrize("more", [-1, 1, 100_000])
def test_a_snapshot_of_another_count_of_parts_than_it_states_is_never_begun(sync: SnapshotSync, more: int) -> None:
    true = sync.snapshot
    assert _offered(sync, true.metadata, true.chunks + more) == Offer.REJECT_SENDER
    assert not sync.received()


def test_a_snapshot_of_more_parts_than_any_has_is_never_begun(sync: SnapshotSync) -> None:
    many = [Digest(index.to_bytes(32, "big")) for index in range(MOST_PARTS + 6)]
    assert _offered(sync, metadata_of(many), len(many)) == Offer.REJECT_SENDER
    assert _offered(sync, metadata_of([]), 0) == Offer.REJECT_SENDER
    assert not sync.received()


def test_a_snapshot_for_which_the_disk_has_no_room_is_never_begun(
    sync: SnapshotSync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_store, "COPIES", 1 << 50)
    assert sync.offer(sync.snapshot, sync.app_hash) == Offer.REJECT
    assert not sync.received()


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(ZEROS, id="zeros"),
        pytest.param(zlib.compress(ZEROS), id="compressed"),
        pytest.param(b"", id="nothing"),
        pytest.param(Part(ZEROS, None).to_bytes(), id="zeros in a part"),
        pytest.param(Part(encode([2, [[]] * (1 << 20), []]), None).to_bytes(), id="a million items"),
        pytest.param(Part(b"\x81" * 10_000, None).to_bytes(), id="nested"),
        pytest.param(Part(Chunk([(_LAST_KEY, bytes(1_000))]).to_bytes(), None).to_bytes(), id="no proof"),
    ],
)
def test_a_part_that_is_no_part_ends_the_snapshot_and_its_senders(sync: SnapshotSync, bomb: bytes) -> None:
    true = sync.chunk(0)
    sync.lie([true, bomb, *[bytes([index]) for index in range(5)]])
    assert sync.apply(0, true, "liar").result == Apply.ACCEPT
    answer = sync.apply(1, bomb, "other liar")
    assert (answer.result, list(answer.reject_senders)) == (Apply.REJECT_SNAPSHOT, ["liar", "other liar"])
    assert not sync.received()
    assert sync.apply(2, b"\x00").result == Apply.RETRY_SNAPSHOT  # nothing of it is taken any more
    assert not sync.received()


def _foreign_row(sync: SnapshotSync) -> Part:
    chunk = Chunk.from_bytes(sync.parts()[0].chunk)
    chunk.rows.append((b"org/zeus", bytes(500)))
    return sync.proven(chunk)


def _other_value(sync: SnapshotSync) -> Part:
    true = sync.parts()[0]
    (key, value), *rest = Chunk.from_bytes(true.chunk).rows
    return Part(Chunk([(key, value + bytes(500)), *rest]).to_bytes(), true.proof)


def _row_twice(sync: SnapshotSync) -> Part:
    chunk = Chunk.from_bytes(sync.parts()[0].chunk)
    chunk.rows.append(chunk.rows[-1])
    return sync.proven(chunk)


def _not_full(sync: SnapshotSync) -> Part:
    return sync.proven(Chunk(Chunk.from_bytes(sync.parts()[0].chunk).rows[:1]))


def _empty(_: SnapshotSync) -> Part:
    return Part(Chunk().to_bytes(), None)


def _leaf_before_its_log(_: SnapshotSync) -> Part:
    return Part(Chunk([], [(b"rootlog", 0, bytes(500))]).to_bytes(), None)


@pytest.mark.parametrize("first", [_foreign_row, _other_value, _row_twice, _not_full, _empty, _leaf_before_its_log])
def test_a_part_that_is_not_of_the_state_is_never_written(
    sync: SnapshotSync, first: Callable[[SnapshotSync], Part]
) -> None:
    assert _results(sync, [first(sync), *sync.parts()[1:]]) == [Apply.REJECT_SNAPSHOT]
    assert not sync.received()


def test_the_first_part_again_and_again_is_not_taken_twice(sync: SnapshotSync) -> None:
    assert _results(sync, sync.parts()[:1] * 1_000) == [Apply.ACCEPT, Apply.REJECT_SNAPSHOT]
    assert not sync.received()


@pytest.mark.parametrize("which", [0, -1])
def test_a_snapshot_without_a_row_of_the_state_is_never_taken(sync: SnapshotSync, which: int) -> None:
    *before, last = sync.parts()
    chunk = Chunk.from_bytes(last.chunk)
    del chunk.rows[which]
    accepted = [Apply.ACCEPT] * len(before)
    assert _results(sync, [*before, sync.proven(chunk, last.path)]) == [*accepted, Apply.REJECT_SNAPSHOT]
    assert sync.new.info().last_block_height == 0
    assert not sync.received()


@pytest.mark.parametrize("wrong", ["first", "last", "twice", "foreign", "longer"])
def test_a_snapshot_with_other_leaves_than_its_logs_is_never_taken(sync: SnapshotSync, wrong: str) -> None:
    parts = sync.parts()
    rows = [part for part in parts if not Chunk.from_bytes(part.chunk).leaves]
    tables = sync.old_host.tables
    leaves = list(tables.all_leaves())
    log, at, leaf = leaves[-1]
    told = {
        "first": leaves[1:],
        "last": leaves[:-1],
        "twice": [*leaves, leaves[-1]],
        "foreign": [*leaves, (b"another log", 0, b"leaf")],
        "longer": [*leaves[:-1], (log, at, leaf + bytes(500))],
    }[wrong]
    mixed = Chunk.from_bytes(parts[len(rows)].chunk).rows
    assert _results(sync, [*rows, sync.proven(Chunk(mixed, told))])[-1] == Apply.REJECT_SNAPSHOT
    assert sync.new.info().last_block_height == 0
    assert not sync.received()


def test_a_part_again_changes_nothing_and_one_out_of_turn_begins_anew(sync: SnapshotSync) -> None:
    sync.offer(sync.snapshot, sync.app_hash)
    assert sync.apply(0, sync.chunk(0)).result == Apply.ACCEPT
    before = sync.received()
    assert sync.apply(0, bytes(100)).result == Apply.ACCEPT
    assert sync.apply(2, sync.chunk(2)).result == Apply.RETRY_SNAPSHOT
    assert sync.received() == before
    assert sync.offer(sync.snapshot, sync.app_hash) == Offer.ACCEPT
    results = {sync.apply(index, sync.chunk(index)).result for index in range(sync.snapshot.chunks)}
    assert results == {Apply.ACCEPT}
    assert sync.new.info().last_block_height == HEIGHT


def test_after_every_lie_the_true_snapshot_is_taken(sync: SnapshotSync) -> None:
    assert _results(sync, [_other_value(sync)]) == [Apply.REJECT_SNAPSHOT]
    sync.offer(sync.snapshot, sync.app_hash)
    assert {sync.apply(index, sync.chunk(index)).result for index in range(sync.snapshot.chunks)} == {Apply.ACCEPT}
    assert sync.new.info().last_block_app_hash == sync.app_hash


def test_a_part_for_which_the_disk_has_no_room_stops_the_node_and_leaves_nothing(
    sync: SnapshotSync, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync.offer(sync.snapshot, sync.app_hash)
    sync.apply(0, sync.chunk(0))
    part = sync.chunk(1)
    monkeypatch.setattr("veriwatt.system.disk_errors.ROOM", 1 << 60)
    request = abci.RequestApplySnapshotChunk(index=1, chunk=part, sender="peer")
    answer = sync.new.call(abci.Request(apply_snapshot_chunk=request))
    assert "the disk is full" in answer.exception.error
    assert not sync.received()


def test_what_a_process_that_was_killed_had_received_is_removed_at_the_next_start(sync: SnapshotSync) -> None:
    sync.offer(sync.snapshot, sync.app_hash)
    sync.apply(0, sync.chunk(0))
    assert sync.received()
    host = sync.new_host
    StateSync(host.application, host.folder / "ledger.db", SnapshotStore(host.folder / "snapshots"), 0)
    assert not sync.received()


def test_a_chunk_has_no_more_rows_and_leaves_than_a_part_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_chunks, "MOST_ROWS", 3)
    rows = [(bytes([at]), b"") for at in range(7)]
    chunks = list(state_chunks.state_chunks(rows, [(b"log", 0, b"leaf")]))
    assert [(len(each.rows), len(each.leaves)) for each in chunks] == [(3, 0), (3, 0), (1, 1)]


def test_of_a_bomb_nothing_is_built() -> None:
    check = PartsCheck(bytes(32))
    with pytest.raises(Malformed, match="more than 4194304 bytes"):
        check.take(Part(ZEROS, None).to_bytes(), is_last=False)
    with pytest.raises(Malformed, match="more than 131076 items"):
        check.take(Part(encode([2, [[b"", b""]] * 50_000, []]), None).to_bytes(), is_last=False)
