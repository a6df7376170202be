"""Groups of points, in versions.

    points body    = [group, key window, effective from, calendar, [definition fields ...]]
    group version  = [2, n, group, key window, timezone, day begins, calendar, effective from, count, root,
                      registered at, in force from]

The root is the RFC 9162 root with the definitions' bytes as leaves, in the order of the transaction,
so that evidence discloses one definition by its path. A frame names this root. Versions come into
force in the order of their numbers: the one in force at t is the highest n whose `in_force_from` is
at or before t. Spec: docs/spec/transaction.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.tree import leaf_hash, tree_root
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.key_window import KeyWindow, parse_key_window
from veriwatt.model.points.point import PointDefinition
from veriwatt.units import UtcMillis

POINT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class DefinePoints:
    """Body of kind "points": the next version of a group, with all of its points.

    Raises:
        Malformed: no point, a point twice, points of several timezones or beginnings of the day, a key window whose
            border may lie inside a slot, or a calendar that does not cover `effective_from` or is of another zone.
    """

    kind: ClassVar[str] = "points"
    group: str
    key_window: KeyWindow
    effective_from: UtcMillis
    calendar: Calendar
    definitions: tuple[PointDefinition, ...]

    def __post_init__(self) -> None:
        if not self.definitions:
            raise Malformed(f"group {self.group}: a version without points")
        if len({definition.id for definition in self.definitions}) != len(self.definitions):
            raise Malformed(f"group {self.group}: a point is defined twice")
        if len({(definition.timezone, definition.day_begins) for definition in self.definitions}) != 1:
            raise Malformed(f"group {self.group}: its points do not share one timezone and one beginning of the day")
        if divided := [d.slot for d in self.definitions if self.key_window.divides(d.slot)]:
            raise Malformed(f"group {self.group}: a key window of a {self.key_window.value} divides {divided[0]} slots")
        if not self.calendar.span.start <= self.effective_from < self.calendar.span.end:
            raise Malformed(f"group {self.group}: its calendar does not cover the time from which it takes effect")
        self.calendar.check_numbers(self.day_begins)

    @property
    def timezone(self) -> str:
        return self.definitions[0].timezone

    @property
    def day_begins(self) -> int:
        return self.definitions[0].day_begins

    def fields(self) -> list[Value]:
        definitions = [definition.fields() for definition in self.definitions]
        return [self.group, self.key_window.value, self.effective_from, self.calendar.fields(), definitions]

    @classmethod
    def parse(cls, value: object) -> DefinePoints:
        f = Fields(value, "points", 5)
        group, window, effective_from = f.name("group"), parse_key_window(f.text("key window")), f.int("effective from")
        calendar = Calendar.parse(f.raw())
        return cls(group, window, effective_from, calendar, f.each("definitions", PointDefinition.parse, POINT_LIMIT))


@dataclass(frozen=True, slots=True)
class GroupVersion:
    """Version `n` (from 1) of a group, as registered at block time `registered_at`.

    It is in force from `in_force_from` on, the latest `effective_from` of the versions up to this one; its own may be
    earlier, as of an import of older rows: then it moves beginnings of points, and puts nothing else in force earlier.
    """

    n: int
    group: str
    key_window: KeyWindow
    timezone: str
    day_begins: int
    calendar: Calendar
    effective_from: UtcMillis
    count: int
    root: Digest
    registered_at: UtcMillis
    in_force_from: UtcMillis

    def to_bytes(self) -> bytes:
        return encode(
            [
                FORMAT,
                self.n,
                self.group,
                self.key_window.value,
                self.timezone,
                self.day_begins,
                self.calendar.fields(),
                self.effective_from,
                self.count,
                self.root,
                self.registered_at,
                self.in_force_from,
            ]
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> GroupVersion:
        f = Fields.versioned(decode(raw, "group version"), "group version", 12)
        n, group, window = f.uint("n"), f.name("group"), parse_key_window(f.text("key window"))
        timezone, day_begins, calendar = f.text("timezone"), f.uint("day begins", 23), Calendar.parse(f.raw())
        effective_from, count = f.int("effective from"), f.uint("count", POINT_LIMIT)
        root, registered_at, since = f.digest("root", Digest), f.uint("registered at"), f.int("in force from")
        return cls(n, group, window, timezone, day_begins, calendar, effective_from, count, root, registered_at, since)


def definition_digest(definition: PointDefinition) -> Digest:
    """The digest that identifies a definition in the state."""
    return sha256(definition.to_bytes())


def definitions_root(definitions: tuple[PointDefinition, ...]) -> Digest:
    """The root over the definitions' bytes, in order; frames state it."""
    return tree_root([leaf_hash(definition.to_bytes()) for definition in definitions])
