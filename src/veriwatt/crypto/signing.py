"""Signatures: suites, public keys, signers, and the one rule that verifies.

The suite is a property of the registered key, never of a message. Suite 1 is Ed25519
under one strict rule everywhere: libsodium's, which refuses small-order keys and non-canonical
scalars. OpenSSL accepts some signatures libsodium refuses, so nothing else in the product verifies.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_sign, crypto_sign_open, crypto_sign_seed_keypair
from nacl.exceptions import BadSignatureError

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import BadSignature, Malformed
from veriwatt.ids import KeyId


class Suite(IntEnum):
    """Which algorithms a key belongs to; the values stand in records and never change."""

    ED25519 = 1

    @property
    def cose_algorithm(self) -> int:
        """The COSE algorithm number of this suite's signatures."""
        return {Suite.ED25519: -8}[self]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A verification key with its suite; well-formed, and for suite 1 a point of the prime-order group."""

    suite: Suite
    raw: bytes

    @property
    def key_id(self) -> KeyId:
        return KeyId(sha256(bytes([self.suite]) + self.raw))


class Signer(Protocol):
    """Something that holds a private key: a file, a token, a TPM.

    `sign` may be called from any thread, has no side effect, and raises Unavailable when the device
    behind it does not answer.
    """

    @property
    def public(self) -> PublicKey: ...

    def sign(self, message: bytes) -> bytes: ...


class Ed25519Signer:
    """A suite-1 key in memory, made from its 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        raw, self._secret = crypto_sign_seed_keypair(seed)
        self.public = PublicKey(Suite.ED25519, raw)

    def sign(self, message: bytes) -> bytes:
        return crypto_sign(message, self._secret)[:64]


def parse_public_key(suite: int, raw: bytes) -> PublicKey:
    """The key of these bytes, fit to be registered.

    Raises:
        Malformed: unknown suite, wrong length, or (suite 1) a small-order or off-curve point.
    """
    if suite != Suite.ED25519:
        raise Malformed(f"unknown suite {suite}; this version knows 1 (Ed25519)")
    if len(raw) != 32 or not crypto_core_ed25519_is_valid_point(raw):
        raise Malformed("the public key is not a point of the prime-order group of Ed25519")
    return PublicKey(Suite.ED25519, raw)


def verify_signature(key: PublicKey, message: bytes, signature: bytes, what: str) -> None:
    """Raise unless `signature` is one that `key` made over `message`.

    Raises:
        BadSignature: it is not, whatever its length; `what` names the signed thing.
    """
    try:
        if len(signature) != 64:
            raise BadSignature(what)
        crypto_sign_open(signature + message, key.raw)
    except BadSignatureError:
        raise BadSignature(what) from None
