"""The claim of one reading, with its disclosure from a frame.

claim = ["reading", org, point, slot start, definition, column]

Of the column one leaf is disclosed: the one with the slot. Spec: docs/spec/evidence.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed
from veriwatt.ids import check_point
from veriwatt.model.evidence.disclosure import ColumnPart, DefinitionPart
from veriwatt.model.ledger.state_keys import point_key
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class ClaimedSlot:
    """The slot of `point` of `org` that starts at `start`."""

    org: str
    point: str
    start: UtcMillis


@dataclass(frozen=True, slots=True)
class ReadingClaim:
    """`evidence.Claim`: the reading of one slot, disclosed from one frame."""

    KIND: ClassVar[str] = "reading"

    slot: ClaimedSlot
    definition: DefinitionPart
    column: ColumnPart

    @property
    def org(self) -> str:
        return self.slot.org

    @property
    def frames(self) -> int:
        return 1

    @property
    def needs_newest_anchor(self) -> bool:
        return False

    def times(self) -> tuple[UtcMillis, ...]:
        instants = (t for leaf in self.column.leaves for t in leaf.instants if t is not None)
        return (self.slot.start, *instants)

    def state_keys(self) -> tuple[bytes, ...]:
        return (point_key(self.slot.org, self.slot.point),)

    def fields(self) -> list[Value]:
        slot = self.slot
        return [self.KIND, slot.org, slot.point, slot.start, self.definition.fields(), self.column.fields()]

    @classmethod
    def parse(cls, value: object) -> ReadingClaim:
        f = Fields(value, "evidence: claim", 6)
        f.text("kind")
        slot = ClaimedSlot(f.name("org"), check_point(f.text("point")), f.int("slot start"))
        claim = cls(slot, DefinitionPart.parse(f.raw()), ColumnPart.parse(f.raw()))
        if len(claim.definition.places) != 1 or len(claim.column.leaves) != 1:
            raise Malformed("evidence: a reading has one definition in one version, and one leaf")
        return claim
