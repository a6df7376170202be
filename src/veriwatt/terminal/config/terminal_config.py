"""What a terminal was told: which meters it reads, and what the numbers in them mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import Value, encode
from veriwatt.ids import Digest
from veriwatt.model.points.point import PointDefinition
from veriwatt.terminal.drivers.base import Register
from veriwatt.units import MINUTE, SECOND, Decimal10, UtcMillis

LATEST = 60 * SECOND
"""A reading taken later than this after its slot's end is never stamped with that end."""


class Source(Enum):
    """What the register of an `interval` point holds."""

    REGISTER = "register"
    """A cumulative register: the slot's value is its advance from slot start to slot end."""
    INTERVAL = "interval"
    """The amount of the slot that just closed, kept by the meter itself."""


class DriverKind(Enum):
    """The protocols a terminal speaks."""

    MODBUS_TCP = "modbus_tcp"


@dataclass(frozen=True, slots=True)
class MeterConfig:
    """One instrument and how to reach it. One exchange with it ends within `timeout` milliseconds."""

    id: str
    driver: DriverKind
    host: str
    port: int
    unit_id: int
    timeout: UtcMillis


@dataclass(frozen=True, slots=True)
class PointConfig:
    """One quantity of one meter: `value = raw * scale * definition.multiplier`, in steps of its resolution."""

    definition: PointDefinition
    meter: str
    register: Register
    scale: Decimal10
    source: Source
    group: str

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
    """All a terminal was told. `digest` is over the meaning, so that a comment in the file changes nothing."""

    name: str
    org: str
    node: str
    meters: tuple[MeterConfig, ...]
    points: tuple[PointConfig, ...]

    @property
    def digest(self) -> Digest:
        """SHA-256 of the canonical encoding of every field."""
        meters: Value = [[m.id, m.driver.value, m.host, m.port, m.unit_id, m.timeout] for m in self.meters]
        return Digest(sha256(encode([1, self.name, self.org, self.node, meters, [_fields(p) for p in self.points]])))

    def points_of(self, meter: str) -> tuple[PointConfig, ...]:
        return tuple(point for point in self.points if point.meter == meter)


def _fields(point: PointConfig) -> Value:
    r = point.register
    return [
        point.definition.fields(),
        point.meter,
        r.address,
        r.function.value,
        r.type.value,
        r.word_order.value,
        [point.scale.mantissa, point.scale.scale],
        point.source.value,
        point.group,
    ]
