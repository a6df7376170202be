"""The figures of one point, period after period: one record each, one JSON object each, or one list for each field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any

import numpy as np

from veriwatt.energy.calendar import Zone
from veriwatt.energy.convert import fraction
from veriwatt.errors import BadInput
from veriwatt.metering.step_totals import STEP_KINDS
from veriwatt.model.frames.columns import Ints
from veriwatt.model.points.point import PointDefinition
from veriwatt.reading.applied_factor import FACTOR_FIELDS, AppliedFactor, lower_bound
from veriwatt.reading.convert import MEASURES, USUAL, FactorChoice, PointConversion
from veriwatt.reading.due import count_due
from veriwatt.reading.figure import Figure, figure_fields, printed_value, slot_counts, step_fields
from veriwatt.reading.query import PointTotals
from veriwatt.units import HOUR, Decimal10, Interval, UtcMillis


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of totals, in the point's own unit or as `measure` (by the factors of `choice`).

    `parts` are the same totals cut where another factor may hold (`parts_by_factor`): each is converted by the country
    and the year of its own series. Without them each period is, by those of its start.
    `due` is the time in which slots are due. Each part is computed and printed for all periods at once. Every method
    raises NotFound where a period with readings has no factor, or is no consumption.

    Raises:
        BadInput: `measure` is unknown.
    """

    totals: PointTotals
    due: Interval | None
    measure: str = ""
    choice: FactorChoice = USUAL
    parts: PointTotals | None = None

    def __post_init__(self) -> None:
        if self.measure and self.measure not in MEASURES:
            remedy = f"it is {' or '.join(MEASURES)}"
            raise BadInput(where="measure", value=self.measure, why="unknown", remedy=remedy)

    @property
    def unit(self) -> str:
        return MEASURES[self.measure] if self.measure else self.totals.definition.unit

    def __iter__(self) -> Iterator[Figure]:
        org, definition, rows = self.totals.org, self.totals.definition, self.totals.columns.rows()
        for total, (value, factors), due, parts in zip(
            rows, self._values(), self._due().tolist(), self._parts(), strict=True
        ):
            yield Figure(org, definition, total, value, self.unit, factors, due, *parts)

    def rows(self) -> Iterator[dict[str, Any]]:
        """One JSON object a period: the point, the figure's fields, and of a converted one its factor."""
        zone, columns, point, unit = self.totals.zone(), self.totals.columns, self.totals.definition.id, self.unit
        times = zip(zone.rfc3339_array(columns.starts), zone.rfc3339_array(columns.ends), strict=True)
        counts = zip(*self._counts().values(), strict=True)
        parts = zip(columns.rows(), self._parts(), strict=True)
        for time, (value, factors), counted, (total, part) in zip(times, self._values(), counts, parts, strict=True):
            row = {"point": point, **figure_fields(*time, value, unit, counted), **step_fields(total.steps, *part)}
            if factors is not None:
                row |= _factor_fields(factors)
            yield row if self.parts is None else row | {"factors": [factor.fields() for factor in factors or ()]}

    def columns(self) -> dict[str, Any]:
        """The same as a list of each part; period i is from `edges[i]` to `edges[i + 1]`."""
        columns = self.totals.columns
        return {
            "edges": self.totals.zone().rfc3339_array(np.append(columns.starts[:1], columns.ends)),
            "unit": self.unit,
            "value": [printed_value(value) for value, _ in self._values()],
            **self._counts(),
            **self._step_columns(),
        }

    def _step_columns(self) -> dict[str, Any]:
        steps = self.totals.columns.steps
        if steps is None:
            return step_fields(None, None, None)
        stated, at_least = ([printed_value(part) for part in parts] for parts in zip(*self._parts(), strict=True))
        counts = dict(zip(STEP_KINDS, steps.counts.tolist(), strict=True))
        return {"steps": counts, "stated_by_owner": stated, "at_least": at_least}

    def _values(self) -> Iterator[tuple[Decimal10 | None, tuple[AppliedFactor, ...] | None]]:
        columns = self._converted_rows.columns
        pairs = zip(columns.values.tolist(), columns.has_value.tolist(), strict=True)
        return self._converted(value if known else None for value, known in pairs)

    def _parts(self) -> Iterator[tuple[Decimal10 | None, Decimal10 | None]]:
        """Of each value of a register the part that its owner states, and the part that nobody can dispute."""
        steps, of_rows = self._converted_rows.columns.steps, self.totals.columns.steps
        if steps is None or of_rows is None:
            return repeat((None, None), len(self.totals.columns))
        stated = (own for own, _ in self._converted(steps.stated_by_owner.tolist()))
        return zip(stated, self._bounds(of_rows.at_least.tolist()), strict=True)

    def _bounds(self, mantissas: Sequence[int | None]) -> Iterator[Decimal10 | None]:
        """The rows' own bounds, converted: a fall in one part takes from another's steps, so parts bound nothing."""
        for mantissa, (value, factors) in zip(mantissas, self._values(), strict=True):
            bound = None if mantissa is None else self.totals.definition.value(mantissa)
            if bound is not None and self.measure:
                bound = lower_bound(bound, factors) if factors else None
            # the parts of a value are rounded one by one, and may be rounded down together
            yield min(bound, value, key=fraction) if bound is not None and value is not None else bound

    @property
    def _converted_rows(self) -> PointTotals:
        """What is converted, one by one."""
        return self.parts if self.parts is not None and self.measure else self.totals

    def _converted(
        self, mantissas: Iterable[int | None]
    ) -> Iterator[tuple[Decimal10 | None, tuple[AppliedFactor, ...] | None]]:
        definition = self.totals.definition
        values = (None if mantissa is None else definition.value(mantissa) for mantissa in mantissas)
        if not self.measure:
            return ((value, None) for value in values)
        starts = self._converted_rows.columns.starts
        converters = [self._converter(each.definition) for each in self.totals.series]
        later = [each.span.start for each in self.totals.series[1:]]
        own = np.searchsorted(np.array(later, np.int64), starts, "right").tolist()
        each = (converters[of](value, start) for of, value, start in zip(own, values, starts.tolist(), strict=True))
        if starts is self.totals.columns.starts:
            return each
        sizes = np.diff(np.append(np.searchsorted(starts, self.totals.columns.starts), len(starts)))
        return (_together(list(islice(each, size))) for size in sizes.tolist())

    def _converter(
        self, definition: PointDefinition
    ) -> Callable[[Decimal10 | None, UtcMillis], tuple[Decimal10 | None, tuple[AppliedFactor, ...]]]:
        """Converts a value of a series by its definition's country, and by the year of the local day it starts in."""
        conversion, zone = PointConversion(definition, self.measure, self.choice), Zone.parse(definition.timezone)
        day_begins = definition.day_begins * HOUR
        return lambda value, start: conversion.convert(value, zone.year(start - day_begins))

    def _counts(self) -> dict[str, list[Any]]:
        columns = self.totals.columns
        return slot_counts(columns, self._due(), columns.has_value)

    def _due(self) -> Ints:
        columns = self.totals.columns
        return count_due(self.totals.series, self.due, columns.starts, columns.ends)


def _together(
    parts: Sequence[tuple[Decimal10 | None, tuple[AppliedFactor, ...]]],
) -> tuple[Decimal10 | None, tuple[AppliedFactor, ...]]:
    """The sum of converted parts of a period, and the factors of those that have a value, or of all where none has."""
    used = [factors for value, factors in parts if value is not None] or [factors for _, factors in parts]
    return _sum(value for value, _ in parts), tuple(dict.fromkeys(factor for factors in used for factor in factors))


def _factor_fields(factors: tuple[AppliedFactor, ...]) -> dict[str, Any]:
    """The factor of a row; of several what they have in common, and null for the rest."""
    rows = [factor.row_fields() for factor in factors]
    if not rows:
        return dict.fromkeys(FACTOR_FIELDS)
    return {name: rows[0][name] if len({row[name] for row in rows}) == 1 else None for name in FACTOR_FIELDS}


def _sum(values: Iterable[Decimal10 | None]) -> Decimal10 | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    scale = min(value.scale for value in known)
    return Decimal10(sum(value.at_scale(scale) for value in known), scale)
