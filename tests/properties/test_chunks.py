"""A chunk with its path is proven against root and size, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.errors import Malformed, RootMismatch
from veriwatt.ids import MAX_OBJECT, Digest
from veriwatt.merkle.tree import EMPTY_ROOT
from veriwatt.model.storage.chunks import CHUNK, ProvenChunk, chunk_count, chunk_root, prove_chunks, verify_chunk

DATA = Random(3).randbytes(20 * CHUNK)


@given(st.integers(1, len(DATA)), st.integers(0, 2**32))
def test_every_chunk_is_proven(size: int, seed: int) -> None:
    data = DATA[:size]
    indices = [Random(seed).randrange(chunk_count(size)) for _ in range(3)]
    for proven in prove_chunks(data, indices):
        verify_chunk(proven, size, chunk_root(data))
    assert b"".join(each.chunk for each in prove_chunks(data, range(chunk_count(size)))) == data


def test_the_largest_object_has_paths_of_ten() -> None:
    data = bytes(MAX_OBJECT)
    (first, last) = prove_chunks(data, [0, 1023])
    assert len(first.path) == len(last.path) == 10
    verify_chunk(last, MAX_OBJECT, chunk_root(data))


def test_nothing_has_the_root_of_the_empty_tree_and_no_chunk() -> None:
    assert chunk_root(b"") == EMPTY_ROOT
    assert prove_chunks(b"", []) == ()
    with pytest.raises(Malformed):
        prove_chunks(b"", [0])
    with pytest.raises(Malformed):
        verify_chunk(ProvenChunk(0, b"", ()), 0, EMPTY_ROOT)


SIZE = 5 * CHUNK + 100
SHARE = DATA[:SIZE]
ROOT = chunk_root(SHARE)
FULL, SHORT = prove_chunks(SHARE, [2, 5])
OTHER = Digest(bytes(32))
LIES = {
    "another chunk": replace(FULL, chunk=SHORT.chunk.ljust(CHUNK, b"\0")),
    "another index": replace(FULL, index=3),
    "an index of another shape": replace(FULL, index=5),
    "an index beyond": replace(FULL, index=6),
    "an index below": replace(FULL, index=-1),
    "shorter": replace(FULL, chunk=FULL.chunk[:-1]),
    "longer": replace(FULL, chunk=FULL.chunk + b"\0"),
    "last padded": replace(SHORT, chunk=SHORT.chunk.ljust(CHUNK, b"\0")),
    "last shorter": replace(SHORT, chunk=SHORT.chunk[:-1]),
    "no path": replace(FULL, path=()),
    "path truncated": replace(FULL, path=FULL.path[:-1]),
    "path padded": replace(FULL, path=(*FULL.path, OTHER)),
    "path changed": replace(FULL, path=(OTHER, *FULL.path[1:])),
    "path turned round": replace(FULL, path=FULL.path[::-1]),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_lie_is_refused(lie: ProvenChunk) -> None:
    with pytest.raises((Malformed, RootMismatch)):
        verify_chunk(lie, SIZE, ROOT)


@pytest.mark.parametrize("proven", [FULL, SHORT], ids=["full", "short"])
def test_a_size_or_root_that_is_not_the_recorded_one_is_refused(proven: ProvenChunk) -> None:
    with pytest.raises((Malformed, RootMismatch)):
        verify_chunk(proven, SIZE, chunk_root(DATA))
    for size in (0, proven.index * CHUNK, MAX_OBJECT, MAX_OBJECT + 1):
        with pytest.raises((Malformed, RootMismatch)):
            verify_chunk(proven, size, ROOT)
    with pytest.raises(Malformed):
        verify_chunk(SHORT, SIZE + 1, ROOT)


@given(st.integers(0, 8 * CHUNK - 1))
def test_every_flipped_bit_of_a_chunk_is_found(bit: int) -> None:
    changed = bytearray(FULL.chunk)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(RootMismatch):
        verify_chunk(replace(FULL, chunk=bytes(changed)), SIZE, ROOT)
