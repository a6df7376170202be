"""What every object store checks alike: the size and the hash of an object's bytes (docs/spec/objects.md, 3 and 4)."""

from __future__ import annotations

from veriwatt.crypto.hashing import object_id
from veriwatt.errors import Corrupted
from veriwatt.ids import MAX_OBJECT, ObjectId, check_object_size


class ObjectDamaged(Corrupted):
    """A stored object whose bytes are not those of its name."""

    code = "object-damaged"

    def __init__(self, *, where: str, why: str) -> None:
        super().__init__(f"{where} is damaged: {why}")
        self.where, self.why = where, why


def id_to_store(data: bytes) -> ObjectId:
    """The id under which to store `data`; raises Malformed if it is longer than `MAX_OBJECT`."""
    check_object_size(data)
    return object_id(data)


def check_read(name: ObjectId, data: bytes, where: str) -> bytes:
    """Return what a store gave for the object, if it is the object; raises ObjectDamaged.

    Args:
        where: the object's place, for the message.
    """
    found = object_id(data)
    if found != name:
        raise ObjectDamaged(where=where, why=f"its bytes hash to {found}")
    return data


def too_long(where: str) -> ObjectDamaged:
    """The error for an answer that goes on beyond the longest object."""
    return ObjectDamaged(where=where, why=f"it is longer than {MAX_OBJECT} bytes, the most an object has")
