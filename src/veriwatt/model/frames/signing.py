"""The signature of a frame: the protected header, the signed bytes, and the two digests of them.

    envelope  = COSE_Sign1, content type "veriwatt/frame", over the header
    signed    = ["Signature1", protected, h'', header]
    frame id  = SHA-256(signed)
    leaf      = SHA-256(0x00 ‖ frame id ‖ SHA-256(signature)), as the data chain hashes the frame

Spec: docs/spec/frame.md, section 1; docs/spec/data-chain.md.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from veriwatt.crypto.signing import PublicKey, Signer, verify_signature
from veriwatt.crypto.suites.suite import Suite
from veriwatt.encoding import Sign1, protected_header
from veriwatt.errors import Malformed
from veriwatt.ids import Digest, FrameId, of_fixed_length

CONTENT_TYPE = "veriwatt/frame"


def frame_id_of(signed: bytes) -> FrameId:
    """The id of the frame with these signed bytes."""
    return of_fixed_length(FrameId, sha256(signed).digest())


def chain_leaf(frame_id: FrameId, signature: bytes) -> Digest:
    """The leaf hash of a frame in the data chain; it commits to the signature too, because several can be valid."""
    return of_fixed_length(Digest, sha256(b"\0" + frame_id + sha256(signature).digest()).digest())


def unsigned_envelope(header: bytes, key: PublicKey) -> Sign1:
    """The envelope of these header bytes for `key`, with an empty signature."""
    return Sign1(_protected(key.suite, key.raw), header, b"")


def sign_header(header: bytes, signer: Signer) -> Sign1:
    """The signed envelope of durable header bytes; may be repeated."""
    unsigned = unsigned_envelope(header, signer.public)
    return Sign1(unsigned.protected, header, signer.sign(unsigned.signed_bytes()))


def check_signed_by(key: PublicKey, protected: bytes, signed: bytes, signature: bytes) -> None:
    """Raise unless `key` signed these bytes as a frame.

    Raises:
        Malformed: the protected header is not that of a frame signed by `key`.
        BadSignature: the signature does not verify.
    """
    if protected != _protected(key.suite, key.raw):
        raise Malformed("frame: the signature's header is not the one for frames by the passport's key")
    verify_signature(key, signed, signature, "a frame")


@lru_cache(1 << 14)  # all frames of a terminal have the same one
def _protected(suite: Suite, raw: bytes) -> bytes:
    return protected_header(suite.cose_algorithm, CONTENT_TYPE, PublicKey(suite, raw).key_id)
