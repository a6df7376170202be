"""The API's answer with figures: by period, for the whole span, and for the span in other measures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from pydantic import TypeAdapter

from veriwatt.api.schemas.readings import (
    ConvertedValue,
    FactorUse,
    FigureColumns,
    PeriodFigure,
    SpanFigure,
    TotalsAnswer,
)
from veriwatt.energy.calendar import Zone, period_edges
from veriwatt.errors import BadInput, NotFound
from veriwatt.model.points.point import PointDefinition
from veriwatt.reading.convert import MEASURES
from veriwatt.reading.figure import Figure, own_figure, printed_value
from veriwatt.reading.figures import Figures
from veriwatt.reading.query import PointTotals, point_totals, span_total
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval, UtcMillis

MAX_ROWS = 100_000

PERIODS = TypeAdapter(list[PeriodFigure])
"""Validates the periods of an answer in one call; a call for each period is slower."""


@dataclass(frozen=True, slots=True)
class TotalsQuestion:
    """A question for the totals of a point: by periods of `every` in `span`, in its own unit or as `measure`.

    `also` names further measures to which the whole span is converted. `by_column` asks for a list of each field of
    the periods instead of an object for each period, which takes a fifth of the bytes.
    """

    span: Interval
    every: str
    measure: str
    also: tuple[str, ...]
    basis: str
    as_of: UtcMillis | None
    by_column: bool


def totals_answer(readings: ReadingsView, org: str, definition: PointDefinition, asked: TotalsQuestion) -> TotalsAnswer:
    """The answer to one question after totals.

    Raises:
        BadInput: more than 100 000 periods, or an unknown conversion.
        Malformed: `every` is unknown or finer than the slot.
        NotFound: `measure` needs a factor, and the energy has none.
    """
    span, measure = asked.span, asked.measure
    _check_rows(definition, span, asked.every)
    figures = Figures(point_totals(readings, org, definition, span, asked.every, asked.as_of), measure, asked.basis)
    whole = own_figure(org, definition, span_total(readings, org, definition, span, asked.as_of))
    by_year = cache(lambda: point_totals(readings, org, definition, span, "1y", asked.as_of))
    total = Figures(by_year(), measure, asked.basis).sum(whole) if measure else whole
    return TotalsAnswer(
        org=org,
        point=definition.id,
        every=asked.every,
        measure=measure or None,
        total=_span_figure(total),
        also={each: _converted_value(whole, by_year(), each) for each in asked.also},
        rows=None if asked.by_column else PERIODS.validate_python(list(figures.rows())),
        columns=FigureColumns(**figures.columns()) if asked.by_column else None,
    )


def _span_figure(figure: Figure) -> SpanFigure:
    evidence = None if figure.factors is not None else figure.evidence
    return SpanFigure(
        **figure.fields(),
        permille=figure.completeness.permille,
        factors=_factors(figure),
        evidence=None if evidence is None else evidence.url,
    )


def _converted_value(whole: Figure, by_year: PointTotals, measure: str) -> ConvertedValue:
    """The span in `measure`; without value and factors where a year of it has no factor."""
    try:
        converted = Figures(by_year, measure).sum(whole)
    except NotFound:
        converted = replace(whole, value=None, unit=MEASURES[measure], factors=())
    return ConvertedValue(value=printed_value(converted.value), unit=converted.unit, factors=_factors(converted))


def _factors(figure: Figure) -> list[FactorUse]:
    return [FactorUse(**factor.fields()) for factor in figure.factors or ()]


def _check_rows(definition: PointDefinition, span: Interval, every: str) -> None:
    count = len(period_edges(Zone.parse(definition.timezone), every, span)) - 1
    if count > MAX_ROWS:
        remedy = "ask for a longer period or a shorter span"
        raise BadInput(where="every", value=every, why=f"{count:,} periods are more than {MAX_ROWS:,}", remedy=remedy)
