"""SHA-256, HMAC, and the id of an object."""

from __future__ import annotations

import hashlib
import hmac

from veriwatt.ids import Digest, ObjectId, of_fixed_length


def sha256(data: bytes) -> Digest:
    return of_fixed_length(Digest, hashlib.sha256(data).digest())


def object_id(data: bytes) -> ObjectId:
    """The id of an object: SHA-256 of its bytes."""
    return of_fixed_length(ObjectId, hashlib.sha256(data).digest())


def prf(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 as pseudo-random function; 32 bytes."""
    return hmac.digest(key, message, "sha256")


class Prf:
    """`prf` under one key for many messages: the blocks of the key are hashed once."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        """`key` has at most 64 bytes, the block of SHA-256."""
        if len(key) > _BLOCK:
            raise TypeError(f"a key of at most {_BLOCK} bytes, not {len(key)}")
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(padded.translate(_INNER))
        self._outer = hashlib.sha256(padded.translate(_OUTER))

    def __call__(self, message: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))  # RFC 2104
