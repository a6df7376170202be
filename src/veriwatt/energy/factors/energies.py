"""The energy types: stable codes, with their names in Chinese and English."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from veriwatt.errors import NotFound
from veriwatt.ids import check_name
from veriwatt.units import unit

WITHOUT_FACTOR = ("cooling", "other")
"""Energies of points that no factor converts: cold, and a mixture of several."""


@dataclass(frozen=True, slots=True)
class EnergyType:
    """A kind of energy or working medium; `unit` is the one it is usually accounted in."""

    code: str
    zh: str
    en: str
    unit: str

    def __post_init__(self) -> None:
        check_name(self.code, "energy")
        unit(self.unit)


@lru_cache(maxsize=1)
def energy_types() -> tuple[EnergyType, ...]:
    """Every energy type we know by name, in the order in which people list them."""
    text = (files("veriwatt.energy") / "data" / "energies.toml").read_text(encoding="utf-8")
    return tuple(EnergyType(**row) for row in tomllib.loads(text)["energy"])


def measurable_energies() -> tuple[str, ...]:
    """The codes that a point may measure: the energy types, and those that no factor converts."""
    return tuple(dict.fromkeys((*(each.code for each in energy_types()), *WITHOUT_FACTOR)))


def energy_type(code: str) -> EnergyType:
    """The energy type of this code; raises NotFound naming the codes there are."""
    for each in energy_types():
        if each.code == code:
            return each
    raise NotFound(f"unknown energy {code!r}; known: {' '.join(e.code for e in energy_types())}")
