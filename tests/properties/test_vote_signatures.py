"""Votes under keys and with points of any order: what a key's owner signs is valid, and no bit of it can change."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_core_ed25519_add, crypto_scalarmult_ed25519_base_noclamp

from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.crypto.vote_signing import verify_vote
from veriwatt.errors import BadSignature

ORDER = 2**252 + 27742317777372353535851937790883648493
_VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "ed25519_votes.json").read_text())
SMALL = [bytes.fromhex(point) for point in _VECTORS["small_order"]["points"]]
SCALARS = st.integers(1, ORDER - 1)


def accepted(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        verify_vote(key, message, signature, "a vote")
    except BadSignature:
        return False
    return True


def strictly(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        ED25519.verify(key, message, signature, "a vote")
    except BadSignature:
        return False
    return True


def point(scalar: int, small: bytes) -> bytes:
    """A multiple of the base point with a point of small order added to it."""
    return crypto_core_ed25519_add(crypto_scalarmult_ed25519_base_noclamp(scalar.to_bytes(32, "little")), small)


def signed(secret: int, nonce: int, key: bytes, r: bytes, message: bytes) -> bytes:
    k = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little")
    return r + ((nonce + k * secret) % ORDER).to_bytes(32, "little")


@given(SCALARS, SCALARS, st.sampled_from(SMALL), st.sampled_from(SMALL), st.binary(max_size=200))
def test_the_owner_of_a_key_signs_with_points_of_any_order(
    secret: int, nonce: int, in_key: bytes, in_r: bytes, message: bytes
) -> None:
    key, r = point(secret, in_key), point(nonce, in_r)

    assert accepted(key, message, signed(secret, nonce, key, r, message))


@given(SCALARS, SCALARS, st.sampled_from(SMALL), st.binary(max_size=200))
def test_no_owner_signs_with_the_scalar_of_another_key(secret: int, nonce: int, small: bytes, message: bytes) -> None:
    key, r = point(secret, small), point(nonce, small)
    other = secret % (ORDER - 1) + 1

    assert not accepted(key, message, signed(other, nonce, key, r, message))


@given(SCALARS, st.sampled_from(SMALL), st.integers(0, 511), st.binary(min_size=1, max_size=50))
def test_no_bit_of_a_signature_under_a_mixed_key_can_change(
    secret: int, small: bytes, bit: int, message: bytes
) -> None:
    key, r = point(secret, small), point(secret + 7, small)
    signature = signed(secret, secret + 7, key, r, message)
    assert accepted(key, message, signature)

    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << bit % 8

    assert not accepted(key, message, bytes(changed))


@given(SCALARS, st.binary(max_size=20), st.binary(min_size=64, max_size=64))
def test_random_bytes_sign_nothing(secret: int, message: bytes, signature: bytes) -> None:
    assert not accepted(point(secret, SMALL[0]), message, signature)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_or_signature_of_another_length_is_refused(length: int) -> None:
    assert not accepted(bytes(length), b"a vote", bytes(64))
    assert not accepted(SMALL[0], b"a vote", bytes(length) if length != 64 else bytes(65))


@given(SCALARS, SCALARS, st.binary(max_size=50))
def test_what_the_strict_rule_accepts_is_accepted(secret: int, nonce: int, message: bytes) -> None:
    key, r = point(secret, SMALL[0]), point(nonce, SMALL[0])
    signature = signed(secret, nonce, key, r, message)

    assert strictly(key, message, signature)
    assert accepted(key, message, signature)
