"""What one `[[point]]` table of a mapping says of a point's definition, each key checked at its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from veriwatt.model.points.energy_units import units_of
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Direction, Kind
from veriwatt.system.toml_tables import TomlTable
from veriwatt.units import LIMIT, Decimal10, parse_decimal

_BOUND = f"write a number from -{LIMIT} to {LIMIT}, {{0}}, or leave it out"
_REGISTER = 'only a register has one: write kind = "register", or leave it out'
_REMEDIES = {
    "country": 'write two capital letters, such as country = "NL"',
    "minimum": _BOUND.format("not above `maximum`"),
    "maximum": _BOUND.format("not below `minimum`"),
    "width": f"write a number above 0; {_REGISTER}",
    "rate": "write a number above 0, or leave it out",
    "restart": _REGISTER,
    "backward": _REGISTER,
}
"""The keys that are checked beside those before them, with what to do about a value that does not fit."""


@dataclass(frozen=True, slots=True)
class Grain:
    """The kind, the resolution, and the slots of a point's values."""

    kind: Kind
    resolution: Decimal10
    slot: str
    timezone: str
    day_begins: int


def defined_values(keys: TomlTable, file: TomlTable, energy: str, unit: str, grain: Grain) -> PointDefinition:
    """The definition of the points of one table, all but their ids; raises BadInput at the first key that fits none."""
    resolution, country = grain.resolution, keys.inherited("country", file)
    with keys.place_of_errors("unit", _unit_remedy(energy, unit, grain.kind)):
        found = PointDefinition(
            "any", energy, unit, grain.kind, resolution.scale, resolution.mantissa, grain.slot, grain.timezone
        )
    found = replace(found, day_begins=grain.day_begins, direction=keys.choice("direction", Direction, Direction.IMPORT))
    stated: dict[str, Any] = {
        "country": country.optional_text("country"),
        **{key: _mantissa(keys, key, resolution) for key in ("minimum", "maximum", "width", "rate")},
        "restart": keys.has("restart") and keys.word("restart", ("daily",)) == "daily",
        "backward": keys.flag("backward"),
    }
    for key, remedy in _REMEDIES.items():
        with (country if key == "country" else keys).place_of_errors(key, remedy):
            found = replace(found, **{key: stated[key]})
    return found


def _unit_remedy(energy: str, unit: str, kind: Kind) -> str:
    momentary = 'write kind = "instant", or ' if unit in units_of(energy, Kind.INSTANT) else ""
    return f"{momentary}write one of {', '.join(units_of(energy, kind))}"


def _mantissa(keys: TomlTable, key: str, resolution: Decimal10) -> int | None:
    """The mantissa of an optional exact number in the point's unit."""
    if not keys.has(key):
        return None
    with keys.place_of_errors(key, f"write a decimal in the point's unit, at the resolution {resolution}"):
        return parse_decimal(keys.number_text(key, "0")).at_scale(resolution.scale)
