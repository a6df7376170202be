"""Public keys with their suite, signers, and verification of signatures.

The suite is a property of the registered key, never of a message: `suites/` has a file for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.suites.registry import suite_numbered
from veriwatt.crypto.suites.suite import Suite
from veriwatt.ids import KeyId


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key with its suite; `raw` passed the suite's `check_key` when the key was registered."""

    suite: Suite
    raw: bytes

    @property
    def key_id(self) -> KeyId:
        return KeyId(sha256(bytes([self.suite.number]) + self.raw))


class Protection(Enum):
    """Where a private key is stored, as its signer states it; passport and evidence show it for terminals."""

    FILE = "file"
    UNPROTECTED = "unprotected"
    KEYRING = "keyring"
    PKCS11 = "pkcs11"
    TPM = "tpm"


class Signer(Protocol):
    """A signing key in a file, a token or a TPM.

    `sign` may be called from any thread, has no side effect, and raises Unavailable when the device
    behind it does not answer.
    """

    @property
    def public(self) -> PublicKey: ...

    @property
    def protection(self) -> Protection: ...

    def sign(self, message: bytes) -> bytes: ...


def parse_public_key(suite: int, raw: bytes) -> PublicKey:
    """Parse and check a public key; raises Malformed for an unknown suite or an invalid key."""
    key = PublicKey(suite_numbered(suite), raw)
    key.suite.check_key(raw)
    return key


def verify_signature(key: PublicKey, message: bytes, signature: bytes, what: str) -> None:
    """Raise BadSignature, naming `what`, unless `signature` is valid over `message` under `key`."""
    key.suite.verify(key.raw, message, signature, what)
