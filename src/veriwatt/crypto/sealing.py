"""AES-256-GCM, and the content key and commitment of one group of a frame.

GCM does not commit to its key, so a frame's header carries a commitment to the content key; both
come from one HKDF-SHA-256 (RFC 5869) of the window key. Spec: docs/spec/frame.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from veriwatt.crypto.hashing import Prf, prf
from veriwatt.errors import NotOpenable
from veriwatt.ids import Digest

NONCE_LENGTH = 12
TAG_LENGTH = 16


@dataclass(frozen=True, slots=True)
class ContentKeys:
    """The keys of one group of one frame: `content` seals it, and the header states `commitment`."""

    content_key: bytes
    commitment: Digest


def content_keys(window_key: bytes, context: bytes) -> ContentKeys:
    """Derive the keys of the frame and group identified by `context` (canonical CBOR).

    Args:
        window_key: the 32-byte key of the group's key window that contains the frame.
        context: binds suite, org, terminal, epoch, seq and group, so that no two frames share a key.
    """
    expand, info = _expand(window_key), b"veriwatt/frame/1" + context
    content = expand(info + b"\1")
    return ContentKeys(content, Digest(expand(content + info + b"\2")))


def seal(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Nonce, then ciphertext, then tag: `len(plaintext) + 28` bytes. `nonce` is 12 fresh random bytes."""
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def unseal(key: bytes, sealed: bytes, aad: bytes, what: str) -> bytes:
    """The plaintext; raises NotOpenable, naming `what`, if the key, the bytes or `aad` differ from the sealed ones."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:], aad)
    except (InvalidTag, ValueError):
        raise NotOpenable(what) from None


@lru_cache(256)  # the frames of a few groups, which follow one another, lie in the same key windows
def _expand(window_key: bytes) -> Prf:
    """The second step of HKDF under what its first step extracts, without a salt."""
    return Prf(prf(bytes(32), window_key))
