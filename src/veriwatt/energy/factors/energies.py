"""The energy types: stable codes, with their names in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from veriwatt.errors import NotFound
from veriwatt.ids import check_name
from veriwatt.toml_text import toml_values
from veriwatt.units import unit

WITHOUT_FACTOR = ("cooling", "other")
"""Energies without conversion factors: cold, and a mixture of several energies."""


@dataclass(frozen=True, slots=True)
class EnergyType:
    """A kind of energy or working medium; `unit` is the usual unit of its accounts."""

    code: str
    zh: str
    en: str
    unit: str

    def __post_init__(self) -> None:
        check_name(self.code, "energy")
        unit(self.unit)


@lru_cache(maxsize=1)
def energy_types() -> tuple[EnergyType, ...]:
    """All energy types, in the customary order."""
    text = (files("veriwatt.energy") / "data" / "energies.toml").read_text(encoding="utf-8")
    return tuple(EnergyType(**row) for row in toml_values(text)["energy"])


def measurable_energies() -> tuple[str, ...]:
    """The energies that a point may measure: the energy types, and the energies without conversion factors."""
    return tuple(dict.fromkeys((*(each.code for each in energy_types()), *WITHOUT_FACTOR)))


def energy_type(code: str) -> EnergyType:
    """The energy type with this code; raises NotFound listing all codes."""
    for each in energy_types():
        if each.code == code:
            return each
    raise NotFound(f"unknown energy {code!r}; known: {' '.join(e.code for e in energy_types())}")
