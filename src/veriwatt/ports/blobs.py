"""A store of opaque objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from veriwatt.ids import ObjectId


class BlobStore(Protocol):
    """Opaque bytes of at most 1 MiB, named by their SHA-256.

    Not trusted: `get` re-hashes and raises Corrupted rather than return other bytes. `put` is
    durable on return and may be repeated. Absence is Missing. Callable from many threads.
    """

    def put(self, data: bytes) -> ObjectId: ...

    def get(self, name: ObjectId) -> bytes: ...

    def has(self, name: ObjectId) -> bool: ...

    def ids(self) -> Iterator[ObjectId]:
        """Every object there is, in no order."""
        ...

    def delete(self, name: ObjectId) -> None: ...
