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
