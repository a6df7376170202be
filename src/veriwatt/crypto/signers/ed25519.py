"""A suite-1 signing key in the memory of this process."""

from __future__ import annotations

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from veriwatt.crypto.signing import Protection, PublicKey
from veriwatt.crypto.suites.ed25519 import ED25519, SIGNATURE_LENGTH


class Ed25519Signer:
    """A `Signer` made from a 32-byte seed; `protection` says how the seed is stored."""

    def __init__(self, seed: bytes, protection: Protection = Protection.UNPROTECTED) -> None:
        raw, self._secret = crypto_sign_seed_keypair(seed)
        self.public, self.protection = PublicKey(ED25519, raw), protection

    def sign(self, message: bytes) -> bytes:
        return crypto_sign(message, self._secret)[:SIGNATURE_LENGTH]
