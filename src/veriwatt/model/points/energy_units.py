"""Which quantities can be measured of an energy, and in which units.

The list is part of the rules: machine and verifier refuse a point that measures electricity in degrees. It grows with a
version of the format.
"""

from __future__ import annotations

from veriwatt.errors import Malformed
from veriwatt.model.points.status import Kind
from veriwatt.units import UNITS, unit

AMOUNTS = ("energy", "reactive energy", "volume", "mass", "coal equivalent", "ratio")
"""The dimensions of what is counted over time; all others are momentary."""

_ELECTRICITY = (
    "energy", "reactive energy", "power", "reactive power", "apparent power", "voltage", "current", "frequency",
    "ratio", "coal equivalent",
)  # fmt: skip
_OF_A_CARRIER = ("temperature", "pressure", "ratio", "coal equivalent")
_HEAT = ("energy", "power", "flow", "mass flow", *_OF_A_CARRIER)
_INERT_SOLID = ("mass", "mass flow", *_OF_A_CARRIER)
_INERT_FLUID = ("volume", "flow", *_INERT_SOLID)
_SOLID = ("energy", "power", *_INERT_SOLID)
_FLUID = ("energy", "power", *_INERT_FLUID)
_HEATS = ("heat", "cooling")
_SOLIDS = (
    "coal", "raw_coal", "cleaned_coal", "middlings", "anthracite", "bituminous_coal", "lignite", "coke",
)  # fmt: skip
_FLUIDS = (
    "natural_gas", "steam", "crude_oil", "fuel_oil", "gasoline", "kerosene", "diesel", "coal_tar", "crude_benzene",
    "methanol", "ethanol", "lng", "lpg", "refinery_gas", "coke_oven_gas", "blast_furnace_gas", "converter_gas",
    "producer_gas", "water_gas", "hydrogen", "biogas", "acetylene",
)  # fmt: skip
_FLUIDS_WITHOUT_HEATING_VALUE = (
    "water", "softened_water", "deaerated_water", "compressed_air", "oxygen", "nitrogen", "nitrogen_main",
    "carbon_dioxide",
)  # fmt: skip

DIMENSIONS: dict[str, tuple[str, ...]] = {
    "electricity": _ELECTRICITY,
    **dict.fromkeys(_HEATS, _HEAT),
    **dict.fromkeys(_SOLIDS, _SOLID),
    **dict.fromkeys(_FLUIDS, _FLUID),
    **dict.fromkeys(_FLUIDS_WITHOUT_HEATING_VALUE, _INERT_FLUID),
    "calcium_carbide": _INERT_SOLID,
    "other": tuple(dict.fromkeys((*_ELECTRICITY, *_FLUID))),
}
"""Every energy, with the dimensions that can be measured of it.

Heat and cooling are counted in energy, never as the water that carries them; solids are weighed.
"""


def check_unit(energy: str, code: str, kind: Kind) -> None:
    """Raise Malformed unless the unit measures this energy, and counts an amount where the kind is one of amounts."""
    dimensions, dimension = DIMENSIONS.get(energy), unit(code).dimension
    if dimensions is None:
        raise Malformed(f"unknown energy {energy!r}; energies: {' '.join(DIMENSIONS)}")
    if dimension not in dimensions:
        raise Malformed(f"{energy} is not measured in {code}, a unit of {dimension}")
    if kind is not Kind.INSTANT and dimension not in AMOUNTS:
        raise Malformed(f"{code} is a unit of {dimension}, which is momentary: its kind is instant, not {kind.value}")


def units_of(energy: str, kind: Kind) -> list[str]:
    """The codes of the units that `check_unit` admits for an energy that it knows."""
    return [
        code
        for code, each in UNITS.items()
        if each.dimension in DIMENSIONS[energy] and (kind is Kind.INSTANT or each.dimension in AMOUNTS)
    ]
