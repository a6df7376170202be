"""Suite 1: Ed25519 (RFC 8032) under libsodium's strict rule.

It refuses small-order keys and non-canonical scalars. OpenSSL accepts some signatures that libsodium refuses,
so nothing else in the product verifies suite 1.
"""

from __future__ import annotations

from nacl._sodium import ffi, lib  # `nacl.bindings` would copy the message that libsodium can leave out
from nacl.bindings import crypto_core_ed25519_is_valid_point

from veriwatt.errors import BadSignature, Malformed

KEY_LENGTH = 32
SIGNATURE_LENGTH = 64


class Ed25519:
    """A `Suite`; `ED25519` is the one instance."""

    number = 1
    name = "Ed25519"
    cose_algorithm = -8
    note_type = b"\x01"

    def check_key(self, raw: bytes) -> None:
        """Raise Malformed for a wrong length, a small-order point or a point off the curve."""
        if len(raw) != KEY_LENGTH or not crypto_core_ed25519_is_valid_point(raw):
            raise Malformed("the public key is not a point of the prime-order group of Ed25519")

    def verify(self, key: bytes, message: bytes, signature: bytes, what: str) -> None:
        signed = signature + message
        if len(signature) != SIGNATURE_LENGTH or len(key) != KEY_LENGTH:
            raise BadSignature(what)
        if lib.crypto_sign_open(ffi.NULL, ffi.NULL, signed, len(signed), key):
            raise BadSignature(what)


ED25519 = Ed25519()
