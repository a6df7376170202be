"""The figures of one point, period after period: one record each, one JSON object each, or one list for each field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from veriwatt.errors import BadInput
from veriwatt.model.frames.columns import Ints
from veriwatt.reading.applied_factor import FACTOR_FIELDS, AppliedFactor
from veriwatt.reading.convert import MEASURES, USUAL, FactorChoice, PointConversion
from veriwatt.reading.due import count_due
from veriwatt.reading.figure import Figure, figure_fields, printed_value, slot_counts
from veriwatt.reading.query import PointTotals
from veriwatt.units import Decimal10, Interval


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of totals, in the point's own unit or as `measure` (by the factors of `choice`).

    `due` is the time in which slots are due. Each part is computed and printed for all periods at once. Every method
    raises NotFound where a period with readings has no factor, or is no consumption.

    Raises:
        BadInput: `measure` is unknown.
    """

    totals: PointTotals
    due: Interval | None
    measure: str = ""
    choice: FactorChoice = USUAL

    def __post_init__(self) -> None:
        if self.measure and self.measure not in MEASURES:
            remedy = f"it is {' or '.join(MEASURES)}"
            raise BadInput(where="measure", value=self.measure, why="unknown", remedy=remedy)

    @property
    def unit(self) -> str:
        return MEASURES[self.measure] if self.measure else self.totals.definition.unit

    def __iter__(self) -> Iterator[Figure]:
        org, definition = self.totals.org, self.totals.definition
        periods = zip(self.totals.columns.rows(), self._values(), self._due().tolist(), strict=True)
        for total, (value, factors), due in periods:
            yield Figure(org, definition, total, value, self.unit, factors, due)

    def sum(self, whole: Figure) -> Figure:
        """The figure of the whole span, whose counts `whole` has: the sum of the values, with every factor."""
        values, factors = list[Decimal10](), list[AppliedFactor]()
        for value, applied in self._values():
            factors += applied or ()
            if value is not None:
                values.append(value)
        return replace(whole, value=_sum(values) if values else None, unit=self.unit, factors=tuple(factors))

    def rows(self) -> Iterator[dict[str, Any]]:
        """One JSON object a period: the point, the figure's fields, and of a converted one its factor."""
        zone, columns, point, unit = self.totals.zone(), self.totals.columns, self.totals.definition.id, self.unit
        starts, ends = zone.rfc3339_array(columns.starts), zone.rfc3339_array(columns.ends)
        counts = zip(*self._counts().values(), strict=True)
        for start, end, (value, factors), counted in zip(starts, ends, self._values(), counts, strict=True):
            row = {"point": point, **figure_fields(start, end, value, unit, counted)}
            yield row if factors is None else row | _factor_fields(factors)

    def columns(self) -> dict[str, Any]:
        """The same as a list of each part; period i is from `edges[i]` to `edges[i + 1]`."""
        columns = self.totals.columns
        return {
            "edges": self.totals.zone().rfc3339_array(np.append(columns.starts[:1], columns.ends)),
            "unit": self.unit,
            "value": [printed_value(value) for value, _ in self._values()],
            **self._counts(),
        }

    def _values(self) -> Iterator[tuple[Decimal10 | None, tuple[AppliedFactor, ...] | None]]:
        columns, definition = self.totals.columns, self.totals.definition
        pairs = zip(columns.values.tolist(), columns.has_value.tolist(), strict=True)
        values = (definition.value(value) if known else None for value, known in pairs)
        if not self.measure:
            return ((value, None) for value in values)
        convert, year = PointConversion(definition, self.measure, self.choice).convert, self.totals.zone().year
        return map(convert, values, map(year, columns.starts.tolist()))

    def _counts(self) -> dict[str, list[Any]]:
        columns = self.totals.columns
        return slot_counts(columns, self._due(), columns.has_value)

    def _due(self) -> Ints:
        columns = self.totals.columns
        return count_due(self.totals.definition, self.due, columns.starts, columns.ends)


def _factor_fields(factors: tuple[AppliedFactor, ...]) -> dict[str, Any]:
    if not factors:
        return dict.fromkeys(FACTOR_FIELDS)
    (used,) = factors
    return used.row_fields()


def _sum(values: list[Decimal10]) -> Decimal10:
    scale = min(value.scale for value in values)
    return Decimal10(sum(value.at_scale(scale) for value in values), scale)
