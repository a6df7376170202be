"""The parts of a large state, with logs that go over several parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.encoding import encode
from veriwatt.errors import Malformed, NotProven
from veriwatt.ledger.comet.snapshot_parts import Part, PartsCheck, chunks_in, part_rows, parts_of
from veriwatt.ledger.rows import state_chunks
from veriwatt.ledger.rows.state_chunks import Chunk, leaves_in
from veriwatt.ledger.rows.tables import Tables
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.state_tree import StateTree
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.ledger.state_keys import ROOT_LOG, anchors_key

LOGS = {anchors_key("copper"): 700, anchors_key("steel"): 1, ROOT_LOG: 301}


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    monkeypatch.setattr(state_chunks, "CHUNK_BYTES", 2_000)
    leaves = [(log, at, b"leaf %d" % at) for log, size in LOGS.items() for at in range(size)]
    rows = {b"row/%d" % at: bytes(at % 50) for at in range(1_000)}
    for log, size in LOGS.items():
        whole = CompactRange.empty().extend(leaf_hash(leaf) for each, _, leaf in leaves if each == log)
        assert whole.size == size
        rows[log] = encode(whole.fields())
    tables = Tables(tmp_path / "ledger.db", writable=True)
    tables.create([(0, b"genesis")], rows, leaves)
    yield tables
    tables.close()


def _tree(tables: Tables) -> StateTree:
    return StateTree.from_items(tables.scan(b""))


def _taken(tables: Tables, parts: list[bytes]) -> list[bytes]:
    check = PartsCheck(_tree(tables).root)
    return [check.take(part, is_last=at == len(parts) - 1) for at, part in enumerate(parts)]


def test_each_part_is_proven_and_together_they_are_the_state(tables: Tables) -> None:
    parts = list(parts_of(tables, _tree(tables)))
    chunks = _taken(tables, parts)
    assert len(chunks) > 20
    assert chunks == list(chunks_in(parts))
    assert sorted(part_rows(chunks)) == list(tables.scan(b""))
    assert list(leaves_in(chunks)) == list(tables.all_leaves())


def test_the_proof_of_a_part_is_small_whatever_the_number_of_rows(tables: Tables) -> None:
    for raw in parts_of(tables, _tree(tables)):
        assert len(raw) < len(Part.from_bytes(raw).chunk) + 1_000


def test_one_changed_leaf_is_found_in_its_own_part(tables: Tables) -> None:
    parts = list(parts_of(tables, _tree(tables)))
    with_leaves = [at for at, raw in enumerate(parts) if len(Chunk.from_bytes(Part.from_bytes(raw).chunk).leaves) > 20]
    for at in with_leaves:
        part = Part.from_bytes(parts[at])
        chunk = Chunk.from_bytes(part.chunk)
        log, position, _ = chunk.leaves[7]
        chunk.leaves[7] = log, position, b"another leaf"
        lie = Part(chunk.to_bytes(), part.proof, part.path).to_bytes()
        check = PartsCheck(_tree(tables).root)
        for before in parts[:at]:
            check.take(before, is_last=False)
        with pytest.raises(NotProven):
            check.take(lie, is_last=at == len(parts) - 1)


def test_a_log_that_stops_before_its_end_is_not_followed_by_another(tables: Tables) -> None:
    parts = list(parts_of(tables, _tree(tables)))
    without_steel = list[bytes]()
    for raw in parts:
        part = Part.from_bytes(raw)
        chunk = Chunk.from_bytes(part.chunk)
        cut = [leaf for leaf in chunk.leaves if leaf[:2] != (anchors_key("copper"), 699)]
        chunk.leaves = [(log, at, leaf + bytes(2_000 * (len(cut) < len(chunk.leaves)))) for log, at, leaf in cut]
        without_steel.append(Part(chunk.to_bytes(), part.proof, part.path).to_bytes())
    with pytest.raises((NotProven, Malformed)):
        _taken(tables, without_steel)
