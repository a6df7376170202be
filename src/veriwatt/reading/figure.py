"""A figure: what the readings say of one point over one period. Commands, API and pages print this one record.

Whoever prints a figure takes number, unit, basis and counts from here and derives none of them again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from veriwatt.energy.calendar import Zone
from veriwatt.energy.completeness import Completeness
from veriwatt.metering.step_totals import STEP_KINDS, StepTotal
from veriwatt.metering.totals import Total, Totals
from veriwatt.model.evidence.period_claim import LONGEST_PERIOD
from veriwatt.model.frames.columns import Ints
from veriwatt.model.points.point import PointDefinition
from veriwatt.reading.applied_factor import AppliedFactor
from veriwatt.units import Decimal10

COUNTS = (
    "expected",
    "due",
    "measured",
    "estimated",
    "manual",
    "gap",
    "missing",
    "bridged",
    "partial",
    "cut",
    "complete",
    "one_slot",
)
"""What a figure says of its slots."""


@dataclass(frozen=True, slots=True)
class EvidenceReference:
    """The period whose evidence file proves a figure; its `start` and `end` are RFC 3339."""

    org: str
    point: str
    start: str
    end: str

    @property
    def url(self) -> str:
        """Where a node answers with that file."""
        asked = {"point": self.point, "org": self.org, "from": self.start, "to": self.end}
        return f"/api/v1/evidence?{urlencode(asked)}"


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of a point over `period`, with its unit, its basis and the counts of its slots.

    `value` is None when no reading lies in the period, or no advance of a register counts: that is never a zero.
    `factors` is None for a figure in the point's own unit; for a converted one it holds a factor a year, and is empty
    where no factor is published.
    `due` counts the slots of the period from the point's first one up to now. `stated_by_owner` and `at_least` are the
    parts of a register's value that `period.steps` has, in this figure's unit.
    """

    org: str
    definition: PointDefinition
    period: Total
    value: Decimal10 | None
    unit: str
    factors: tuple[AppliedFactor, ...] | None = None
    due: int = 0
    stated_by_owner: Decimal10 | None = None
    at_least: Decimal10 | None = None

    @property
    def zone(self) -> Zone:
        return Zone.parse(self.definition.timezone)

    @property
    def completeness(self) -> Completeness:
        """The counts by status, of the slots that are due."""
        p = self.period
        counts = (p.measured, p.estimated, p.manual, p.gap)
        return Completeness(max(self.due, sum(counts)), *counts)

    @property
    def evidence(self) -> EvidenceReference | None:
        """The evidence to ask for; None beyond what evidence discloses, and where there is nothing to prove.

        That is where no frame states a slot and there is no value; a register advances within a slot, too.
        """
        p = self.period
        stated = p.value is not None or p.measured + p.estimated + p.manual + p.gap
        if p.end - p.start > LONGEST_PERIOD or not stated:
            return None
        return EvidenceReference(self.org, self.definition.id, *map(self.zone.rfc3339, (p.start, p.end)))

    def fields(self) -> dict[str, Any]:
        """As JSON: times in the point's zone, the value as an exact decimal string."""
        zone, p = self.zone, self.period
        counts = slot_counts(p, self.due, self.value is not None).values()
        row = figure_fields(zone.rfc3339(p.start), zone.rfc3339(p.end), self.value, self.unit, counts)
        return row | step_fields(p.steps, self.stated_by_owner, self.at_least)


def slot_counts(total: Total | Totals, due: Ints | int, known: NDArray[np.bool_] | bool) -> dict[str, Any]:
    """What a figure says of its slots, by the names in COUNTS: of one period, or a list of each of many.

    `one_slot` is a period that is exactly one slot of the point, as its definition then has them.
    A value is `partial` where slots of its period have none, whatever the reason, or where an end of the period cuts a
    slot: then it is `cut` too.
    Slots that no frame names are
    `missing` only when they are due; slots of an older, finer grid may be more than those expected now.
    """
    valued = total.measured + total.estimated + total.manual
    counted = np.maximum(due, valued + total.gap)
    cuts = total.cut is not None and total.cut
    cut = known & cuts
    shown = {
        "expected": total.expected,
        "due": counted,
        "measured": total.measured,
        "estimated": total.estimated,
        "manual": total.manual,
        "gap": total.gap,
        "missing": counted - valued - total.gap,
        "bridged": total.bridged,
        "partial": cut | (known & np.less(valued, total.expected)),
        "cut": cut,
        "complete": total.complete,
        "one_slot": np.equal(total.expected, 1) & np.logical_not(cuts),
    }
    return {name: np.asarray(shown[name]).tolist() for name in COUNTS}


def figure_fields(
    start: str, end: str, value: Decimal10 | None, unit: str, counts: Iterable[int | bool]
) -> dict[str, Any]:
    """A figure as JSON; `counts` are those that COUNTS names."""
    shown = dict(zip(COUNTS, counts, strict=True))
    return {"start": start, "end": end, "value": printed_value(value), "unit": unit, **shown}


def step_fields(
    steps: StepTotal | None, stated_by_owner: Decimal10 | None, at_least: Decimal10 | None
) -> dict[str, Any]:
    """The steps of a register as JSON; all null for other kinds."""
    counted = None if steps is None else dict(zip(STEP_KINDS, steps.counts, strict=True))
    return {"steps": counted, "stated_by_owner": printed_value(stated_by_owner), "at_least": printed_value(at_least)}


def own_figure(org: str, definition: PointDefinition, total: Total, due: int) -> Figure:
    """The figure of a total in the point's own unit; `due` counts the period's slots that are due."""
    value = None if total.value is None else definition.value(total.value)
    steps = total.steps
    parts = (None, None) if steps is None else (steps.stated_by_owner, steps.at_least)
    stated, at_least = (None if part is None else definition.value(part) for part in parts)
    return Figure(org, definition, total, value, definition.unit, None, due, stated, at_least)


def printed_value(value: Decimal10 | None) -> str | None:
    return None if value is None else str(value)
