"""A second signature suite, ES256 with low S, for tests.

It proves that a suite is one file and one line of the registry.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from veriwatt.crypto.signing import Protection, PublicKey
from veriwatt.crypto.suites.registry import SUITES
from veriwatt.errors import BadSignature, Malformed

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256."""


class Es256:
    """A `Suite`. Keys are compressed points of P-256, signatures r then s, 32 bytes each, with s in the lower half."""

    number = 3
    name = "ES256"
    cose_algorithm = -7
    note_type = b"\xffES256"

    def check_key(self, raw: bytes) -> None:
        try:
            EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw)
        except ValueError:
            raise Malformed("the public key is not a point of P-256") from None
        if len(raw) != 33:
            raise Malformed("the public key is not a compressed point")

    def verify(self, key: bytes, message: bytes, signature: bytes, what: str) -> None:
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        if len(signature) != 64 or s > ORDER // 2:
            raise BadSignature(what)
        try:
            public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
            public.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
        except InvalidSignature:
            raise BadSignature(what) from None


ES256 = Es256()


class Es256Signer:
    """A `Signer` of this suite, made from 32 bytes."""

    def __init__(self, seed: bytes, protection: Protection = Protection.TPM) -> None:
        self._private = derive_private_key(int.from_bytes(seed, "big") % (ORDER - 1) + 1, SECP256R1())
        raw = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self.public, self.protection = PublicKey(ES256, raw), protection

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self._private.sign(message, ECDSA(SHA256())))
        return r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")


@contextmanager
def es256_registered() -> Iterator[None]:
    """The product with the line in its registry that makes ES256 one of its suites."""
    SUITES[ES256.number] = ES256
    try:
        yield
    finally:
        del SUITES[ES256.number]
