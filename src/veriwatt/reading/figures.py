"""The figures of one point, period after period: one record each, or a list of each part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from veriwatt.reading.convert import convert_figure
from veriwatt.reading.figure import AppliedFactor, Figure, own_figure, printed_value
from veriwatt.reading.query import PointTotals

STORED_COUNTS = ("expected", "measured", "estimated", "manual", "gap")


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of totals, in the point's own unit or as `measure` (by the factors of `basis`).

    Iterating raises NotFound where a period with readings has no factor, BadInput for an unknown measure.
    """

    totals: PointTotals
    measure: str = ""
    basis: str = ""

    def __iter__(self) -> Iterator[Figure]:
        totals = self.totals
        for total in totals.columns.rows():
            figure = own_figure(totals.org, totals.definition, total)
            yield convert_figure(figure, self.measure, self.basis) if self.measure else figure

    def rows(self) -> Iterator[dict[str, Any]]:
        """One JSON object a period: the point, the figure's fields, and of a converted one its factor."""
        for figure in self:
            row = {"point": figure.definition.id, **figure.fields()}
            yield row if figure.factors is None else row | _factor_fields(figure.factors)

    def columns(self) -> dict[str, Any]:
        """The same as a list of each part; period i is from `edges[i]` to `edges[i + 1]`."""
        zone, definition, columns = self.totals.zone(), self.totals.definition, self.totals.columns
        counts = {name: getattr(columns, name) for name in STORED_COUNTS}
        stated = columns.measured + columns.estimated + columns.manual + columns.gap
        counts["missing"] = np.maximum(columns.expected - stated, 0)
        figures = list(self) if self.measure else None
        if figures is None:
            pairs = zip(columns.values.tolist(), columns.has_value.tolist(), strict=True)
            values = [str(definition.value(value)) if known else None for value, known in pairs]
        else:
            values = [printed_value(figure.value) for figure in figures]
        return {
            "edges": [zone.rfc3339(t) for t in (int(columns.starts[0]), *columns.ends.tolist())],
            "unit": figures[0].unit if figures else definition.unit,
            "value": values,
            **{name: column.tolist() for name, column in counts.items()},
            "bridged": columns.bridged.tolist(),
        }


def _factor_fields(factors: tuple[AppliedFactor, ...]) -> dict[str, Any]:
    names = ("basis", "factor_year", "factor", "factor_source", "factor_confirmed")
    if not factors:
        return dict.fromkeys(names)
    (used,) = factors
    return dict(zip(names, (used.basis, used.factor_year, str(used.factor), used.source, used.confirmed), strict=True))
