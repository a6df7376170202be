"""A second valid signature of one message: what an attacker with the key can make of any frame."""

from __future__ import annotations

from hashlib import sha512

from nacl.bindings import (
    crypto_core_ed25519_scalar_add,
    crypto_core_ed25519_scalar_mul,
    crypto_core_ed25519_scalar_reduce,
    crypto_scalarmult_ed25519_base_noclamp,
)

from veriwatt.crypto.hashing import sha256
from veriwatt.testing.actors import sim_key


def other_signature(message: bytes) -> bytes:
    """Another valid Ed25519 signature by terminal t1's key over `message`: its nonce is drawn otherwise."""
    seed = sha256(b"veriwatt simulated key: " + b"terminal acme/t1")
    secret = sha512(seed).digest()[:32]
    clamped = (int.from_bytes(secret, "little") & (2**254 - 8)) | 2**254
    scalar = crypto_core_ed25519_scalar_reduce(clamped.to_bytes(64, "little"))
    nonce = crypto_core_ed25519_scalar_reduce(sha512(b"another nonce" + message).digest())
    point = crypto_scalarmult_ed25519_base_noclamp(nonce)
    public = sim_key("terminal acme/t1").public.raw
    challenge = crypto_core_ed25519_scalar_reduce(sha512(point + public + message).digest())
    return point + crypto_core_ed25519_scalar_add(nonce, crypto_core_ed25519_scalar_mul(challenge, scalar))
