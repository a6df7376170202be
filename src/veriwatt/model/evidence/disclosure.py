"""What evidence discloses of a point: its definition, and leaves of its column in a frame.

    definition = [definition bytes, [[index, hashes] ...]]      its place in each group version that the frames name
    column     = [[leaf ...], hashes]                           the disclosed leaves of one frame, in their order
    leaf       = [salt, [value ...], reasons, [instant | null ...]]

`values` are those of the slots that have one. Which leaves are disclosed, and their other fields, follow from claim,
definition, calendar and header. Spec: docs/spec/evidence.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.evidence.file_limits import MAX_VERSIONS
from veriwatt.model.evidence.paths import MAX_LEAF, MAX_PATH, join_hashes, read_hashes
from veriwatt.model.frames.columns import SLOTS_IN_LEAF, Leaf, check_notes
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import VALUED
from veriwatt.units import UtcMillis

MAX_LEAVES = 1 << 10


@dataclass(frozen=True, slots=True)
class DefinitionPlace:
    """The index of a definition in a group version, and its path there."""

    index: int
    path: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [self.index, join_hashes(self.path)]

    @classmethod
    def parse(cls, value: object) -> DefinitionPlace:
        f = Fields(value, "evidence: place of the definition", 2)
        return cls(f.uint("index"), read_hashes(f, MAX_PATH))


@dataclass(frozen=True, slots=True)
class DefinitionPart:
    """A definition of the claim's point, and its places in group versions, in the order of first naming.

    That of a period without a place is shown for the timeline of the point alone.
    """

    definition: PointDefinition
    places: tuple[DefinitionPlace, ...]

    def fields(self) -> list[Value]:
        return [self.definition.to_bytes(), [place.fields() for place in self.places]]

    @classmethod
    def parse(cls, value: object) -> DefinitionPart:
        f = Fields(value, "evidence: definition", 2)
        definition = PointDefinition.from_bytes(f.bytes("definition", MAX_LEAF))
        return cls(definition, f.each("places", DefinitionPlace.parse, MAX_VERSIONS))


@dataclass(frozen=True, slots=True)
class DisclosedLeaf:
    """The values of one leaf, its salt, and what its slots have beside values."""

    salt: bytes
    values: tuple[int, ...]
    reasons: bytes
    instants: tuple[UtcMillis | None, ...]

    @classmethod
    def of(cls, leaf: Leaf, salt: bytes) -> DisclosedLeaf:
        return cls(salt, tuple(v for v in leaf.values if v is not None), leaf.reasons, leaf.instants)

    def leaf(self, point: str, first: UtcMillis, codes: bytes) -> Leaf:
        """The leaf of these slots; raises Malformed unless the values are those of slots that have one."""
        valued = [code in VALUED for code in codes]
        if sum(valued) != len(self.values):
            raise Malformed(f"evidence: {len(self.values)} values for {sum(valued)} slots that have one")
        check_notes(codes, self.reasons, self.instants)
        values: Iterator[int] = iter(self.values)
        return Leaf(
            point, first, tuple(next(values) if has else None for has in valued), codes, self.reasons, self.instants
        )

    def fields(self) -> list[Value]:
        return [self.salt, list(self.values), self.reasons, list(self.instants)]

    @classmethod
    def parse(cls, value: object) -> DisclosedLeaf:
        f = Fields(value, "evidence: leaf", 4)
        salt, values = f.digest("salt", Digest), f.each("values", _value, SLOTS_IN_LEAF)
        return cls(bytes(salt), values, f.bytes("reasons", SLOTS_IN_LEAF), f.each("instants", _instant, SLOTS_IN_LEAF))


@dataclass(frozen=True, slots=True)
class ColumnPart:
    """The disclosed leaves of one frame's column, and one proof for all of them under the column root."""

    leaves: tuple[DisclosedLeaf, ...]
    hashes: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [[leaf.fields() for leaf in self.leaves], join_hashes(self.hashes)]

    @classmethod
    def parse(cls, value: object) -> ColumnPart:
        f = Fields(value, "evidence: column", 2)
        return cls(f.each("leaves", DisclosedLeaf.parse, MAX_LEAVES), read_hashes(f))


def _value(value: object) -> int:
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise Malformed("evidence: a value is not a 64-bit integer")
    return value


def _instant(value: object) -> UtcMillis | None:
    return None if value is None else _value(value)
