"""Snapshots for state sync: the newest are kept, and a node that asks for one that is gone is told that it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from veriwatt.encoding import encode
from veriwatt.ledger.comet.snapshot_store import KEPT, SnapshotStore
from veriwatt.ledger.rows.tables import Tables
from veriwatt.merkle.state_tree import StateTree


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def store(folder: Path, tmp_path: Path) -> SnapshotStore:
    tables, store = Tables(tmp_path / "ledger.db", writable=True), SnapshotStore(folder)
    tables.create([(0, b"genesis")], {b"org/steel": b"a record"})
    for height in (8, 16, 24):
        store.make(tables, StateTree.from_items(tables.scan(b"")), height)
    tables.close()
    return store


def test_the_newest_snapshots_are_kept_whole(store: SnapshotStore) -> None:
    assert [each.height for each in store.whole()] == [16, 24]
    assert len(store.whole()) == KEPT
    assert all(store.part(each.height, 0) for each in store.whole())


def test_a_part_of_a_snapshot_that_a_newer_one_pushed_out_is_empty(store: SnapshotStore) -> None:
    assert store.part(8, 0) == b""
    assert store.part(24, 1_000) == b""


def test_a_snapshot_of_an_earlier_release_is_not_offered(store: SnapshotStore, folder: Path) -> None:
    (folder / "24" / "metadata").write_bytes(encode([2, [bytes(32)]]))
    assert [each.height for each in store.whole()] == [16]


def test_a_snapshot_that_is_being_deleted_is_not_offered(store: SnapshotStore, folder: Path) -> None:
    (folder / "24" / "metadata").unlink()
    assert [each.height for each in store.whole()] == [16]
