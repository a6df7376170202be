"""What is computed for many leaves or frames at once is what the definition of each gives."""

from __future__ import annotations

import hmac
import zlib

import numpy as np
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.crypto.hashing import Prf
from veriwatt.crypto.sealing import content_keys
from veriwatt.model.frames.columns import NO_INSTANT, Column, leaf_bytes, leaves, unpack
from veriwatt.model.points.status import Status


@given(st.binary(max_size=64), st.binary(max_size=200))
def test_one_key_for_many_messages_gives_the_hmac_of_each(key: bytes, message: bytes) -> None:
    under_key = Prf(key)
    assert [under_key(message), under_key(b"")] == [hmac.digest(key, m, "sha256") for m in (message, b"")]


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100))
def test_the_keys_of_a_frame_are_those_of_rfc_5869(window_key: bytes, context: bytes) -> None:
    keys = content_keys(window_key, context)
    info = b"veriwatt/frame/1" + context
    assert keys.content_key + keys.commitment == HKDF(SHA256(), 64, salt=None, info=info).derive(window_key)


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.sampled_from(Status)), max_size=200), st.integers(0, 2))
def test_the_bytes_of_a_group_are_those_of_its_leaves(slots: list[tuple[int, Status]], notes: int) -> None:
    count = len(slots)
    starts = np.arange(count, dtype=np.int64) * 900_000
    codes = np.array([status for _, status in slots], np.uint8)
    values = np.array([value if status.has_value else 0 for value, status in slots], np.int64)
    reasons = np.zeros(count, np.uint8) if notes == 1 else None
    instants = np.full(count, NO_INSTANT, np.int64) if notes == 2 else None
    column = Column("p", starts, starts + 900_000, values, codes, reasons, instants)
    assert list(leaf_bytes([column, column])) == [leaf.to_bytes() for leaf in leaves([column, column])]


def packed(deltas: list[int]) -> tuple[bytes, int]:
    """These zigzag deltas as a group of full width has them."""
    planes = np.array(deltas, "<u8").view(np.uint8).reshape(-1, 8).T
    plain = b"\x08" + planes.tobytes()
    return zlib.compress(plain), len(plain)


@given(st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=5), max_size=3))
def test_few_values_unpack_as_they_do_among_many(columns: list[list[int]]) -> None:
    deltas, counts = [delta for column in columns for delta in column], [len(column) for column in columns]
    few, _ = unpack(*packed(deltas), counts)
    many, _ = unpack(*packed(deltas + [0] * 100), [*counts, 100])
    assert few.tolist() == many[: len(deltas)].tolist()
