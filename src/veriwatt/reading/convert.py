"""Figures as coal equivalent or CO2, each period converted by the factor of its year.

A year that has no factor yet takes the newest one published before it, and says so; a year before the first factor
has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from veriwatt.energy.factors import Converted, FactorTable, packaged_table
from veriwatt.errors import BadInput, NotFound
from veriwatt.reading.figure import AppliedFactor, Figure
from veriwatt.units import Decimal10

MEASURES = {"kgce": "kgce", "co2": "kg"}
"""What figures convert to, with the unit of the result."""

OLDEST_FACTOR = 10
"""Years that a published factor is carried on at most."""


def convert_figure(figure: Figure, measure: str, basis: str = "", table: FactorTable | None = None) -> Figure:
    """A figure of one calendar year in kgce or kg of CO2; without factors where it has no reading and there is none.

    Raises:
        NotFound: the period has a reading, and no factor for the energy holds in its year nor in the ten before it.
        BadInput: `measure` is unknown.
    """
    if measure not in MEASURES:
        raise BadInput(where="measure", value=measure, why="unknown", remedy=f"it is {' or '.join(MEASURES)}")
    year = figure.zone.year(figure.period.start)
    try:
        done, factor_year = _by_newest_factor(table or packaged_table(), measure, figure, year, basis)
    except NotFound:
        if figure.value is not None:
            raise
        return replace(figure, unit=MEASURES[measure], factors=())
    value = None if figure.value is None else done.value
    used = AppliedFactor(year, done.basis, done.factor.printed, factor_year, done.source, done.factor.confirmed)
    return Figure(figure.org, figure.definition, figure.period, value, MEASURES[measure], (used,))


def convert_span(whole: Figure, by_year: Sequence[Figure], measure: str, basis: str = "") -> Figure:
    """The figure of a span: the sum of its years, each converted by its own factor. Errors as `convert_figure`.

    Args:
        whole: the span as one period, whose counts are taken.
        by_year: the same span, one figure a calendar year.
    """
    years = [convert_figure(figure, measure, basis) for figure in by_year]
    known = [year.value for year in years if year.value is not None]
    factors = tuple(factor for year in years for factor in year.factors or ())
    return replace(whole, value=_sum(known) if known else None, unit=MEASURES[measure], factors=factors)


def _by_newest_factor(table: FactorTable, measure: str, figure: Figure, year: int, basis: str) -> tuple[Converted, int]:
    """The value by the factor of `year`, or of the newest year before it that has one."""
    definition, quantity = figure.definition, figure.value or Decimal10(0, figure.definition.scale)
    absent: NotFound | None = None
    for tried in range(year, year - OLDEST_FACTOR - 1, -1):
        try:
            if measure == "kgce":
                return table.kgce(definition.energy, definition.unit, quantity, tried, basis or "calorific"), tried
            return table.co2(definition.energy, definition.unit, quantity, tried, basis or "national"), tried
        except NotFound as error:
            absent = absent or error
    raise absent or NotFound(f"no factor for {definition.energy}")


def _sum(values: Sequence[Decimal10]) -> Decimal10:
    scale = min(value.scale for value in values)
    return Decimal10(sum(value.at_scale(scale) for value in values), scale)
