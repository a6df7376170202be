"""What `veriwatt points show` says of slots that frames state and that are not the point's values."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from veriwatt.energy.calendar import Zone
from veriwatt.readmodel.reading_rows import LeftOut


def left_out_by_definition(found: Sequence[LeftOut], zone: Zone) -> list[dict[str, Any]]:
    """The number of slots for each reason and pair of definitions: that of the frames, and the one in force."""
    return [
        {
            "why": why,
            "stated_under": stated,
            "in_force": in_force or None,
            "slots": sum(each.slots for each in same),
            "first": zone.rfc3339(min(each.start for each in same)),
            "last": zone.rfc3339(max(each.last for each in same)),
        }
        for (why, stated, in_force), rows in groupby(sorted(found, key=_kind), _kind)
        if (same := list(rows))
    ]


def _kind(each: LeftOut) -> tuple[str, str, str]:
    """Why, and both definitions, named as evidence names them."""
    stated = f"{each.group} {each.n}, {each.definition.hex()[:16]}"
    if each.definition_in_force is None:
        return each.standing.value, stated, ""
    in_force = f"{each.group_in_force} {each.version_in_force}, {each.definition_in_force.hex()[:16]}"
    return each.standing.value, stated, in_force
