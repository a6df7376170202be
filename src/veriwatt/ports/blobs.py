"""A store of opaque objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from veriwatt.ids import ObjectId

MAX_OBJECT = 1 << 20
"""Bytes of the largest object, 1 MiB (docs/spec/data-chain.md)."""


class BlobStore(Protocol):
    """Opaque bytes of at most `MAX_OBJECT`, named by their SHA-256. Callable from many threads.

    Not trusted: whoever owns the store can lose or change what is in it, and cannot make a reader
    take other bytes for an object.
    """

    def put(self, data: bytes) -> ObjectId:
        """Store the bytes; durable on return. May be repeated, also to replace damaged bytes.

        Raises:
            Malformed: `data` is longer than `MAX_OBJECT`.
            Unavailable: the store cannot write now; nothing is stored, or all of it.
        """
        ...

    def get(self, name: ObjectId) -> bytes:
        """The bytes, hashed again at every call.

        Raises:
            NotFound: there is no such object.
            Corrupted: there are other bytes under its name.
        """
        ...

    def has(self, name: ObjectId) -> bool:
        """Whether something is stored under the name; its bytes are not hashed."""
        ...

    def ids(self) -> Iterator[ObjectId]:
        """Every object there is, in no order."""
        ...

    def delete(self, name: ObjectId) -> None:
        """Remove an object; no error when there is none."""
        ...
