"""Verification of the votes in a commit: what the strict rule refuses is decided by the cofactored rule of ZIP-215.

CometBFT verifies votes by the cofactored rule, so a block may be final by a signature that the strict rule refuses; no
other signature is verified so. The steps have the numbers of docs/spec/light-block.md, "Signatures of votes". Only
libsodium's arithmetic is used: it takes every encoding of a point, and multiplies points without a part of small order.
"""

from __future__ import annotations

import hashlib

from nacl.bindings import (
    crypto_core_ed25519_add,
    crypto_scalarmult_ed25519_base_noclamp,
    crypto_scalarmult_ed25519_noclamp,
)
from nacl.exceptions import CryptoError

from veriwatt.crypto.suites.ed25519 import ED25519, KEY_LENGTH, SIGNATURE_LENGTH
from veriwatt.errors import BadSignature

_ORDER = 2**252 + 27742317777372353535851937790883648493
_NEUTRAL = bytes([1]) + bytes(31)


def verify_vote(key: bytes, message: bytes, signature: bytes, what: str) -> None:
    """Raise BadSignature, naming `what`, unless the owner of the Ed25519 `key` signed `message` by CometBFT's rule."""
    try:
        ED25519.verify(key, message, signature, what)
    except BadSignature:
        _verify_cofactored(key, message, signature, what)


def _verify_cofactored(key: bytes, message: bytes, signature: bytes, what: str) -> None:
    # 1. lengths, and S below the order of the group
    s = int.from_bytes(signature[32:], "little")
    if len(key) != KEY_LENGTH or len(signature) != SIGNATURE_LENGTH or s >= _ORDER:
        raise BadSignature(what)
    # 2. key and R are points of the curve
    try:
        r_times_8, key_times_8 = _times_8(signature[:32]), _times_8(key)
    except CryptoError:
        raise BadSignature(what) from None
    # 3. 8·S·B = 8·R + k·(8·A); 8·A has no part of small order, which libsodium would refuse to multiply
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little")
    if _multiple_of_base(8 * s) != crypto_core_ed25519_add(r_times_8, _multiple(k, key_times_8)):
        raise BadSignature(what)


def _times_8(point: bytes) -> bytes:
    """Eight times the point, in its canonical encoding; raises CryptoError if the bytes are no point."""
    for _ in range(3):
        point = crypto_core_ed25519_add(point, point)
    return point


def _multiple(scalar: int, point: bytes) -> bytes:
    if point == _NEUTRAL or scalar % _ORDER == 0:  # libsodium refuses the neutral point, and to compute it
        return _NEUTRAL
    return crypto_scalarmult_ed25519_noclamp(_scalar_bytes(scalar), point)


def _multiple_of_base(scalar: int) -> bytes:
    return crypto_scalarmult_ed25519_base_noclamp(_scalar_bytes(scalar)) if scalar % _ORDER else _NEUTRAL


def _scalar_bytes(scalar: int) -> bytes:
    return (scalar % _ORDER).to_bytes(32, "little")
