"""Energy types, and the versioned factor tables to coal equivalent and CO2. See docs/factors.md."""

from veriwatt.energy.factors.energies import EnergyType, energy_type, energy_types, measurable_energies
from veriwatt.energy.factors.factor import Factor, Measure
from veriwatt.energy.factors.table import Conversion, Converted, FactorNotFound, FactorTable, packaged_table

__all__ = [
    "Conversion",
    "Converted",
    "EnergyType",
    "Factor",
    "FactorNotFound",
    "FactorTable",
    "Measure",
    "energy_type",
    "energy_types",
    "measurable_energies",
    "packaged_table",
]
