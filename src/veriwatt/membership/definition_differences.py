"""In which fields two definitions of a point differ, as people write them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from veriwatt.model.points.point import PointDefinition


class Difference(NamedTuple):
    """A field of a definition, with its value before and after."""

    field: str
    was: str
    now: str


def differences(before: PointDefinition, after: PointDefinition) -> tuple[Difference, ...]:
    """The fields that differ, in the order of the definition; scale and step are told as `resolution`."""
    changed = [f for f in PointDefinition.__dataclass_fields__ if getattr(before, f) != getattr(after, f)]
    told = ((_told(before, field), _told(after, field)) for field in changed)
    return tuple(dict.fromkeys(Difference(name, was, now) for (name, was), (_, now) in told))


def difference_text(found: Iterable[Difference]) -> str:
    """What a definition has, and not another one."""
    return "; ".join(f"{each.field} {each.was}, and not {each.now}" for each in found)


def _told(definition: PointDefinition, field: str) -> tuple[str, str]:
    """A part of a definition as people write it: its name and its value."""
    value = getattr(definition, field)
    if field in ("scale", "step"):
        return "resolution", str(definition.resolution)
    if field in ("minimum", "maximum", "width", "rate") and value is not None:
        return field, f"{definition.value(value)} {definition.unit}"
    if value is None or isinstance(value, bool):
        return field, "yes" if value else "none"
    return field, value.value if isinstance(value, Enum) else str(value)
