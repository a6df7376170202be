"""A store of opaque objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from veriwatt.ids import ObjectId


class BlobStore(Protocol):
    """Objects of at most `ids.MAX_OBJECT` bytes, named by their SHA-256. Callable from many threads.

    Not trusted: the owner of the store can lose or change objects, but a reader detects changed bytes.
    """

    def put(self, data: bytes) -> ObjectId:
        """Store the bytes; durable on return. May be repeated, also to replace damaged bytes.

        Raises:
            Malformed: `data` is longer than `MAX_OBJECT`.
            Unavailable: the store cannot write now; the object is stored completely or not at all.
        """
        ...

    def get(self, name: ObjectId) -> bytes:
        """The bytes, hashed again at every call.

        Raises:
            NotFound: there is no such object.
            Corrupted: the bytes under the name do not match it.
            Unavailable: the store cannot be read now; the same call may succeed later.
        """
        ...

    def has(self, name: ObjectId) -> bool:
        """Whether an object is stored under the name; its bytes are not checked.

        Raises:
            Unavailable: the store cannot be read now, so nothing is known of the object.
        """
        ...

    def ids(self) -> Iterator[ObjectId]:
        """The ids of all objects, in no order, each once; other names in the store are left out.

        Nothing proves a listing: a store can leave objects out and name some that it does not have.

        Raises:
            Unavailable: the store cannot be read now, perhaps after some ids were yielded.
        """
        ...

    def delete(self, name: ObjectId) -> None:
        """Remove an object; no error if there is none.

        Raises:
            Unavailable: the store cannot write now; the object may be there or not, and the call may be repeated.
        """
        ...
