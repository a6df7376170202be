"""Wrap secrets for one receiver: HPKE (RFC 9180) in base mode, X25519, HKDF-SHA-256, AES-256-GCM.

Wrapping does not authenticate the sender; the record around it is signed.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from veriwatt.errors import Malformed, NotOpenable

RECEIVING_LENGTH = 32
"""Bytes of a receiving key, both secret and public."""

_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def receiving_key(secret: bytes) -> bytes:
    """The 32-byte public key of `secret` (32 random bytes); others wrap for it."""
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def wrap(receiver: bytes, context: bytes, plaintext: bytes) -> bytes:
    """Encapsulated key, then ciphertext with tag: `len(plaintext) + 48` bytes, different at each call.

    Raises:
        Malformed: `receiver` is not a usable X25519 public key.
    """
    try:
        return _HPKE.encrypt(plaintext, X25519PublicKey.from_public_bytes(receiver), context)
    except ValueError:
        raise Malformed("the receiving key is not 32 bytes of a usable X25519 key") from None


def unwrap(secret: bytes, context: bytes, wrapped: bytes, what: str) -> bytes:
    """The plaintext; raises NotOpenable, naming `what`, if key, bytes or context differ from those of `wrap`."""
    try:
        return _HPKE.decrypt(wrapped, X25519PrivateKey.from_private_bytes(secret), context)
    except (InvalidTag, ValueError):
        raise NotOpenable(what) from None
