"""What is recorded of an object's shares, as a part of other records.

    share set = [object, length, k, n, [[share id, chunk root], ...]]

Spec: docs/spec/shares.md, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed
from veriwatt.ids import MAX_OBJECT, Digest, ObjectId
from veriwatt.model.storage.coding import MAX_SHARES, Coding


@dataclass(frozen=True, slots=True)
class ShareLabel:
    """What a share must be: the SHA-256 of its bytes, and the root over its chunks."""

    name: ObjectId
    chunk_root: Digest

    def fields(self) -> list[Value]:
        return [self.name, self.chunk_root]

    @classmethod
    def parse(cls, value: object) -> ShareLabel:
        f = Fields(value, "share set: share", 2)
        return cls(f.digest("share id", ObjectId), f.digest("chunk root", Digest))


@dataclass(frozen=True, slots=True)
class ShareSet:
    """The shares of one object, by index; true only if it equals the set made from the object (`erasure.shares`).

    Raises:
        Malformed: the object is too long, or there are not `coding.total` labels.
    """

    name: ObjectId
    length: int
    coding: Coding
    labels: tuple[ShareLabel, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.length <= MAX_OBJECT or len(self.labels) != self.coding.total:
            raise Malformed(f"{len(self.labels)} shares of {self.length} bytes are no {self.coding} share set")

    @property
    def share_length(self) -> int:
        """Bytes of every share."""
        return self.coding.share_length(self.length)

    def fields(self) -> list[Value]:
        labels = [label.fields() for label in self.labels]
        return [self.name, self.length, self.coding.needed, self.coding.total, labels]

    @classmethod
    def parse(cls, value: object) -> ShareSet:
        f = Fields(value, "share set", 5)
        name, length = f.digest("object", ObjectId), f.uint("length", MAX_OBJECT)
        coding = Coding(f.uint("k", MAX_SHARES), f.uint("n", MAX_SHARES))
        return cls(name, length, coding, f.each("shares", ShareLabel.parse, MAX_SHARES))
