"""The records of a terminal.toml: the meters of a terminal, and the points that are read from them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from veriwatt.ids import Digest
from veriwatt.model.points.point import PointDefinition
from veriwatt.ports.clock import Clock
from veriwatt.terminal.drivers.base import Address, Driver, DriverKind
from veriwatt.units import MINUTE, SECOND, Decimal10, UtcMillis

LATEST = 60 * SECOND
"""A value that is read more than this many ms after the slot's end is not stamped with that end."""


class Source(Enum):
    """What the register of an `interval` point counts."""

    REGISTER = "register"
    """A cumulative register: the slot's value is the difference between slot end and slot start."""
    INTERVAL = "interval"
    """The amount of the last full slot, which the meter itself counts."""


@dataclass(frozen=True, slots=True)
class MeterConfig:
    """One instrument and the driver that reads it, each time within `timeout` ms.

    `kind` parsed `options` and is alone in reading them.
    """

    id: str
    kind: DriverKind[Any, Any]
    options: object
    timeout: UtcMillis

    def driver(self, clock: Clock) -> Driver[Any]:
        """A driver for this meter, not connected yet."""
        return self.kind.driver(self.id, self.options, self.timeout, clock)


@dataclass(frozen=True, slots=True)
class PointConfig:
    """One quantity of one meter: `value = raw * scale * definition.multiplier`, in steps of its resolution.

    `address` is the place of the raw number, for the meter's driver. A raw number among `sentinels` is no value; they
    are normal, and as the meter answers them (`Address.as_answered`).
    """

    definition: PointDefinition
    meter: str
    address: Address
    scale: Decimal10
    source: Source
    group: str
    sentinels: tuple[Decimal10, ...] = ()

    @property
    def id(self) -> str:
        return self.definition.id

    @property
    def latest(self) -> UtcMillis:
        """How long after a slot's end, in milliseconds, a reading may still be stamped with that end."""
        minutes = self.definition.minutes
        return LATEST if minutes is None else min(LATEST, minutes * MINUTE // 10)


@dataclass(frozen=True, slots=True)
class TerminalConfig:
    """A whole terminal.toml; `fingerprint` is that of the one certificate by which the node is known, if it has one."""

    name: str
    org: str
    node: str
    meters: tuple[MeterConfig, ...]
    points: tuple[PointConfig, ...]
    fingerprint: Digest | None = None

    def points_of(self, meter: str) -> tuple[PointConfig, ...]:
        return tuple(point for point in self.points if point.meter == meter)

    def drivers(self, clock: Clock) -> dict[str, Driver[Any]]:
        """A driver for each meter, by meter id; none is connected yet."""
        return {meter.id: meter.driver(clock) for meter in self.meters}
