"""The claim of one reading, with its disclosure from a frame.

claim      = ["reading", org, point, slot start, definition, disclosure]
disclosure = [leaf, salt, index, path]        one column leaf under the group's column root
definition = [definition bytes, index, path]  under the group version's root
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from veriwatt.encoding import Fields, Value
from veriwatt.ids import Digest, check_point
from veriwatt.model.evidence.paths import MAX_LEAF, MAX_PATH, PlacedLeaf, join_hashes, read_hashes
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class ClaimedSlot:
    """The slot of `point` of `org` that starts at `start`."""

    org: str
    point: str
    start: UtcMillis


@dataclass(frozen=True, slots=True)
class DisclosedLeaf:
    """One column leaf with its salt; `index` counts the leaves of the whole group; the header gives their number."""

    leaf: bytes
    salt: bytes
    index: int
    path: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [self.leaf, self.salt, self.index, join_hashes(self.path)]

    @classmethod
    def parse(cls, value: object) -> DisclosedLeaf:
        f = Fields(value, "evidence: disclosure", 4)
        leaf, salt = f.bytes("leaf", MAX_LEAF), f.digest("salt", Digest)
        return cls(leaf, bytes(salt), f.uint("index"), read_hashes(f, MAX_PATH))


@dataclass(frozen=True, slots=True)
class ReadingClaim:
    """`evidence.Claim`: the reading of one slot, disclosed from one frame."""

    KIND: ClassVar[str] = "reading"

    slot: ClaimedSlot
    definition: PlacedLeaf
    disclosure: DisclosedLeaf

    @property
    def org(self) -> str:
        return self.slot.org

    @property
    def frames(self) -> int:
        return 1

    def times(self) -> tuple[UtcMillis, ...]:
        return (self.slot.start,)

    def state_keys(self) -> tuple[bytes, ...]:
        return ()

    def fields(self) -> list[Value]:
        slot = self.slot
        return [self.KIND, slot.org, slot.point, slot.start, self.definition.fields(), self.disclosure.fields()]

    @classmethod
    def parse(cls, value: object) -> ReadingClaim:
        f = Fields(value, "evidence: claim", 6)
        f.text("kind")
        slot = ClaimedSlot(f.name("org"), check_point(f.text("point")), f.int("slot start"))
        return cls(slot, PlacedLeaf.parse(f.raw()), DisclosedLeaf.parse(f.raw()))
