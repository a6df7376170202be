"""A body that arrives in pieces has the uploads of the whole body, or is refused as it is; it is in memory once."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.api.uploads import read_uploads, uploads_in
from veriwatt.encoding import encode
from veriwatt.errors import Malformed

UPLOADS = st.lists(st.binary(max_size=300), min_size=1, max_size=40)
BODIES = UPLOADS.map(encode) | st.binary(max_size=60) | UPLOADS.map(lambda each: encode(each) + b"x")
CUTS = st.lists(st.integers(0, 4_000), max_size=12)


def read(pieces: Sequence[bytes]) -> list[bytes] | None:
    """The uploads; None for a body that is refused."""

    async def stream() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece
        yield b""

    try:
        return asyncio.run(read_uploads(stream()))
    except Malformed:
        return None


def whole(body: bytes) -> list[bytes] | None:
    try:
        return uploads_in(body)
    except Malformed:
        return None


@given(BODIES, CUTS)
def test_pieces_have_the_uploads_of_the_whole_body(body: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(each, len(body)) for each in cuts), len(body)]
    assert read([body[start:end] for start, end in pairwise(edges)]) == whole(body)


@given(BODIES, st.integers(0, 11_000), st.integers(0, 255))
def test_a_changed_byte_is_found_as_in_the_whole_body(body: bytes, at: int, byte: int) -> None:
    changed = bytearray(body)
    if changed:
        changed[at % len(changed)] = byte
    raw = bytes(changed)
    assert read([raw[:1], *(raw[i : i + 7] for i in range(1, len(raw), 7))]) == whole(raw)


@pytest.mark.parametrize("size", [8_000, 1_000_000])
def test_a_body_of_many_pieces_is_in_memory_once(size: int) -> None:
    many, piece = (16 << 20) // size, 1 << 16
    body = encode([bytes(size)] * many)

    async def stream() -> AsyncIterator[bytes]:
        for at in range(0, len(body), piece):
            yield body[at : at + piece]

    tracemalloc.start()
    try:
        assert len(asyncio.run(read_uploads(stream()))) == many
        assert tracemalloc.get_traced_memory()[1] < len(body) * 1.3
    finally:
        tracemalloc.stop()


def test_what_is_wrong_ends_a_body_before_the_rest_of_it_is_read() -> None:
    read_so_far = 0

    async def stream() -> AsyncIterator[bytes]:
        nonlocal read_so_far
        for _ in range(100):
            read_so_far += 1
            yield encode([b"a", b"b"])

    with pytest.raises(Malformed):
        asyncio.run(read_uploads(stream()))
    assert read_so_far == 2
