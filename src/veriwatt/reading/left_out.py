"""Slots that frames state and that are not the point's values, with both definitions: one answer for every surface.

Evidence of such a slot is refused with the same two names (`verify.refusals.DefinitionReplaced`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from veriwatt.energy.calendar import Zone
from veriwatt.readmodel.reading_rows import LeftOut


@dataclass(frozen=True, slots=True)
class LeftOutSlots:
    """The slots left out for one reason under one pair of definitions; `in_force` is None where none is in force.

    `first` and `last` are the starts of the first and the last of them, RFC 3339 in the point's zone.
    """

    why: str
    stated_under: str
    in_force: str | None
    slots: int
    first: str
    last: str

    def fields(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        under = f"stated under {self.stated_under}, in force is {self.in_force or 'no definition'}"
        return f"{self.slots} slots from {self.first} to {self.last}: {self.why}: {under}"


def left_out_by_definition(found: Iterable[LeftOut], zone: Zone) -> list[LeftOutSlots]:
    """The number of slots for each reason and pair of definitions: that of the frames, and the one in force."""
    return [
        LeftOutSlots(
            *kind,
            sum(each.slots for each in same),
            zone.rfc3339(min(each.start for each in same)),
            zone.rfc3339(max(each.last for each in same)),
        )
        for kind, rows in groupby(sorted(found, key=_sorted), _kind)
        if (same := list(rows))
    ]


def _kind(each: LeftOut) -> tuple[str, str, str | None]:
    """Why, and both definitions, named as evidence names them."""
    stated = f"{each.group} {each.n}, {each.definition.hex()[:16]}"
    if each.definition_in_force is None:
        return each.standing.value, stated, None
    in_force = f"{each.group_in_force} {each.version_in_force}, {each.definition_in_force.hex()[:16]}"
    return each.standing.value, stated, in_force


def _sorted(each: LeftOut) -> tuple[str, str, str]:
    why, stated, in_force = _kind(each)
    return why, stated, in_force or ""
