"""Totals as coal equivalent or CO2, period by period, each by the factor of its year.

A year that has no factor yet takes the newest published before it, and says so; a year before the
first one has none.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.energy.factors import Converted, FactorTable, packaged_table
from veriwatt.errors import BadInput, NotFound
from veriwatt.reading.query import PointTotals
from veriwatt.units import Decimal10

MEASURES = {"kgce": "kgce", "co2": "kg"}
"""What totals convert to, with the unit of the result."""

FIELDS = ("value", "basis", "factor_year", "factor", "factor_source", "factor_confirmed")

OLDEST_FACTOR = 10
"""Years that a published factor is carried on at most."""


@dataclass(frozen=True, slots=True)
class ConvertedTotals:
    """One row for each period: `value` (None where there is none), and the factor it was converted by.

    Of a period without a reading the factor may be missing too: its fields are None then.
    """

    unit: str
    rows: tuple[dict[str, object], ...]


def convert_totals(
    totals: PointTotals, measure: str, basis: str = "", table: FactorTable | None = None
) -> ConvertedTotals:
    """The totals in kgce or kg of CO2; a calendar period lies in one year and has one factor.

    Raises:
        NotFound: no factor for the energy holds in the year of a period with readings, nor in the ten before it.
        BadInput: `measure` is unknown.
    """
    if measure not in MEASURES:
        raise BadInput(where="measure", value=measure, why="unknown", remedy=f"it is {' or '.join(MEASURES)}")
    unit = MEASURES[measure]
    table = table or packaged_table()
    zone = totals.zone()
    rows: list[dict[str, object]] = []
    definition = totals.definition
    for total in totals.totals:
        year, quantity = zone.year(total.start), Decimal10(total.value or 0, definition.scale)
        try:
            done, factor_year = _newest(table, measure, definition.energy, definition.unit, quantity, year, basis)
        except NotFound:
            if total.value is not None:
                raise
            rows.append(dict.fromkeys(FIELDS))
            continue
        value = None if total.value is None else str(done.value)
        rows.append(
            {
                "value": value,
                "basis": done.basis,
                "factor_year": factor_year,
                "factor": str(done.factor.printed),
                "factor_source": done.source,
                "factor_confirmed": done.factor.confirmed,
            }
        )
    return ConvertedTotals(unit, tuple(rows))


def _newest(
    table: FactorTable, measure: str, energy: str, unit: str, quantity: Decimal10, year: int, basis: str
) -> tuple[Converted, int]:
    """The quantity by the factor of `year`, or of the newest year before it that has one."""
    missing: NotFound | None = None
    for tried in range(year, year - OLDEST_FACTOR - 1, -1):
        try:
            if measure == "kgce":
                return table.kgce(energy, unit, quantity, tried, basis or "calorific"), tried
            return table.co2(energy, unit, quantity, tried, basis or "national"), tried
        except NotFound as error:
            missing = missing or error
    raise missing or NotFound(f"no factor for {energy}")
