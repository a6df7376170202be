"""Simulated meters: their quantities, the registers that hold them, and how they count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from veriwatt.model.points.status import Kind
from veriwatt.terminal.drivers.modbus_tcp.register import NumberType, WordOrder
from veriwatt.testing.plants.variation import Rates, Variation
from veriwatt.testing.plants.weather import DayWeather


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of a meter.

    One count of its register is `scale` (a decimal) of `unit`, and `divisor` units of the process model's result for a
    minute. A cumulative register sums the minutes, an instant is the value of the present one.
    """

    name: str
    energy: str
    unit: str
    kind: Kind
    scale: str
    divisor: int
    type: NumberType
    group: str

    @property
    def cumulative(self) -> bool:
        return self.kind is Kind.REGISTER


@dataclass(frozen=True, slots=True)
class Meter:
    """One instrument of a plant: its quantities fill its holding registers from address 0 on, without a hole."""

    id: str
    quantities: tuple[Quantity, ...]
    parent: str | None = None
    word_order: WordOrder = WordOrder.BIG

    def address(self, quantity: Quantity) -> int:
        before = self.quantities[: self.quantities.index(quantity)]
        return sum(q.type.words for q in before)

    @property
    def words(self) -> int:
        return sum(q.type.words for q in self.quantities)


class DayModel(Protocol):
    """A plant's process: the result of each quantity, named `meter/quantity`, for each minute of a local day."""

    def __call__(self, variation: Variation, day: int, weather: DayWeather) -> Mapping[str, Rates]: ...


@dataclass(frozen=True, slots=True)
class Plant:
    """A site with one terminal."""

    name: str
    org: str
    meters: tuple[Meter, ...]
    model: DayModel


def active(width: NumberType = NumberType.U32) -> Quantity:
    """Active energy in 0.01 kWh, from watts."""
    return Quantity("active", "electricity", "kWh", Kind.REGISTER, "0.01", 600, width, "electricity")


def reactive(width: NumberType = NumberType.U32) -> Quantity:
    """Reactive energy in 0.01 kvarh, from var."""
    return Quantity("reactive", "electricity", "kvarh", Kind.REGISTER, "0.01", 600, width, "electricity")


def power() -> Quantity:
    """Active power in watts."""
    return Quantity("power", "electricity", "W", Kind.INSTANT, "1", 1, NumberType.I32, "electricity")


def power_f32() -> Quantity:
    """Active power in kilowatts as a binary fraction, to the watt."""
    return Quantity("power", "electricity", "kW", Kind.INSTANT, "0.001", 1, NumberType.F32, "electricity")


def gas() -> Quantity:
    """Natural gas in 0.01 m3, from litres."""
    return Quantity("gas", "natural_gas", "m3", Kind.REGISTER, "0.01", 10, NumberType.U32, "media")


def heat() -> Quantity:
    """Heat in 0.001 GJ, from kilojoules."""
    return Quantity("heat", "heat", "GJ", Kind.REGISTER, "0.001", 1_000, NumberType.U32, "media")


def water() -> Quantity:
    """Water in 0.001 m3, from litres."""
    return Quantity("water", "water", "m3", Kind.REGISTER, "0.001", 1, NumberType.U32, "media")


def temperature() -> Quantity:
    """Outdoor temperature in 0.1 degC."""
    return Quantity("outdoor", "other", "degC", Kind.INSTANT, "0.1", 1, NumberType.I16, "media")
