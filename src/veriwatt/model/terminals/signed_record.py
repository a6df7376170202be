"""The signature of a record that a terminal and its org exchange outside the ledger: COSE_Sign1 over its payload."""

from __future__ import annotations

from veriwatt.crypto.signing import PublicKey, Signer, verify_signature
from veriwatt.encoding import Sign1, protected_header, to_be_signed
from veriwatt.errors import Malformed


def sign_record(signer: Signer, content_type: str, payload: bytes) -> bytes:
    """The signed bytes of a record; its content type keeps the signature from being one of another kind of record."""
    protected = _header(signer.public, content_type)
    return Sign1(protected, payload, signer.sign(to_be_signed(protected, payload))).to_bytes()


def verify_record(envelope: Sign1, content_type: str, key: PublicKey, what: str) -> None:
    """Raise unless `key` signed the record as one of this content type.

    Raises:
        Malformed: the protected header names another content type or key.
        BadSignature: the signature does not verify.
    """
    if envelope.protected != _header(key, content_type):
        raise Malformed(f"{what}: the protected header is not that of a {content_type} signed by the key expected")
    verify_signature(key, envelope.signed_bytes(), envelope.signature, what)


def _header(key: PublicKey, content_type: str) -> bytes:
    return protected_header(key.suite.cose_algorithm, content_type, key.key_id)
