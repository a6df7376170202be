"""A figure: what the readings say of one point over one period. Commands, API and pages print this one record.

Whoever prints a figure takes number, unit, basis and counts from here and derives none of them again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from veriwatt.energy.calendar import Zone
from veriwatt.energy.completeness import Completeness
from veriwatt.metering.slots import grid_of
from veriwatt.metering.totals import Total
from veriwatt.model.points.point import PointDefinition
from veriwatt.units import Decimal10, Interval

COUNTS = ("expected", "measured", "estimated", "manual", "gap", "missing", "bridged")
"""What a figure says of its slots, by the names that `Total` and `Totals` have for it."""


@dataclass(frozen=True, slots=True)
class AppliedFactor:
    """The factor that converted the part of a figure that lies in the calendar year `year`.

    `factor_year` is the year the factor was published for: the newest that is not after `year`. `confirmed` is false
    for a factor that nobody has compared with its source yet.
    """

    year: int
    basis: str
    factor: Decimal10
    factor_year: int
    source: str
    confirmed: bool

    def fields(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "year": self.year,
            "basis": self.basis,
            "factor": str(self.factor),
            "factor_year": self.factor_year,
            "source": self.source,
            "confirmed": self.confirmed,
        }


@dataclass(frozen=True, slots=True)
class EvidenceReference:
    """The slot whose evidence file proves a figure; `slot` is its start, RFC 3339."""

    org: str
    point: str
    slot: str

    @property
    def url(self) -> str:
        """Where a node answers with that file."""
        return f"/api/v1/evidence?{urlencode({'point': self.point, 'org': self.org, 'slot': self.slot})}"


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of a point over `period`, with its unit, its basis and the counts of its slots.

    `value` is None when no reading lies in the period: that is never a zero. `factors` is None for a figure in the
    point's own unit; for a converted one it holds a factor a year, and is empty where no factor is published.
    """

    org: str
    definition: PointDefinition
    period: Total
    value: Decimal10 | None
    unit: str
    factors: tuple[AppliedFactor, ...] | None = None

    @property
    def zone(self) -> Zone:
        return grid_of(self.definition.timezone, self.definition.slot).zone

    @property
    def completeness(self) -> Completeness:
        """The counts by status. Raises Malformed where slots of an older grid exceed those expected now."""
        p = self.period
        return Completeness(p.expected, p.measured, p.estimated, p.manual, p.gap)

    @property
    def evidence(self) -> EvidenceReference | None:
        """The evidence to ask for; None unless the period is exactly one slot of the point."""
        p, definition = self.period, self.definition
        if grid_of(definition.timezone, definition.slot).slot_at(p.start) != Interval(p.start, p.end):
            return None
        return EvidenceReference(self.org, definition.id, self.zone.rfc3339(p.start))

    def fields(self) -> dict[str, Any]:
        """As JSON: times in the point's zone, the value as an exact decimal string."""
        zone, p = self.zone, self.period
        counts = [getattr(p, name) for name in COUNTS]
        return figure_fields(zone.rfc3339(p.start), zone.rfc3339(p.end), self.value, self.unit, counts)


def figure_fields(
    start: str, end: str, value: Decimal10 | None, unit: str, counts: Iterable[int | bool]
) -> dict[str, Any]:
    """A figure as JSON; `counts` are those that COUNTS names."""
    shown = dict(zip(COUNTS, counts, strict=True))
    return {"start": start, "end": end, "value": printed_value(value), "unit": unit, **shown}


def own_figure(org: str, definition: PointDefinition, total: Total) -> Figure:
    """The figure of a total in the point's own unit."""
    value = None if total.value is None else definition.value(total.value)
    return Figure(org, definition, total, value, definition.unit)


def printed_value(value: Decimal10 | None) -> str | None:
    return None if value is None else str(value)
