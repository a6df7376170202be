"""Two nodes, one with a snapshot in several parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.ledger.rows import state_chunks
from veriwatt.testing.actors import SimMember, sim_genesis
from veriwatt.testing.snapshot_sync import SnapshotSync


@pytest.fixture
def sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SnapshotSync]:
    monkeypatch.setattr(state_chunks, "CHUNK_BYTES", 500)
    ann = SimMember("acme", "ann")
    sync = SnapshotSync(tmp_path, sim_genesis(ann), ann)
    yield sync
    sync.close()
