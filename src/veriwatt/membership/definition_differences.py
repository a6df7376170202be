"""In which fields two definitions of a point differ, as people write them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from veriwatt.model.points.point import PointDefinition
from veriwatt.units import conversion

MEANING = frozenset(("energy", "kind", "slot", "timezone", "day_begins", "direction", "backward"))
"""The fields whose change gives the same number another meaning, beside the unit: no number fits both definitions."""


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


def remedy_of(found: Iterable[Difference], *, of_values: bool) -> str:
    """What to do about a definition that differs from the registered one; following it never misreads a number.

    Args:
        found: the differences, from the registered definition to the other one.
        of_values: the other one is stated by a source of values, which a factor can convert.
    """
    fields = {each.field: each for each in found}
    if not fields.keys() & {"unit", *MEANING}:
        return "use a new point id, or the registered definition"
    if of_values and not fields.keys() & MEANING and (factor := factor_of(fields["unit"])) is not None:
        return f'use a new point id, or unit = "{fields["unit"].was}" with {factor}'
    return "use a new point id"


def factor_of(units: Difference) -> str | None:
    """The factor from the unit that is stated now to the one before, as a mapping has it; None if no decimal is one."""
    factor = conversion(units.now, units.was)
    return None if factor is None else f'factor = "{factor}", times the `factor` that the mapping has'


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
