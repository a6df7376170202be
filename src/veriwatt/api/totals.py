"""The API's answer with figures: by period, for the whole span, and for the span in other measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter

from veriwatt.api.measured import measured
from veriwatt.api.schemas.readings import (
    ConvertedValue,
    FactorUse,
    FigureColumns,
    FigureDefinition,
    LeftOutStretch,
    NotConverted,
    PeriodFigure,
    SpanFigure,
    TotalsAnswer,
)
from veriwatt.energy.calendar import Zone, more_periods_than
from veriwatt.errors import BadInput, NotFound
from veriwatt.metering.point_history import ValueSeries, counted_span
from veriwatt.model.points.point import PointDefinition
from veriwatt.reading.convert import FactorChoice, country_of
from veriwatt.reading.figure import Figure, printed_value
from veriwatt.reading.figures import Figures
from veriwatt.reading.left_out import left_out_by_definition
from veriwatt.reading.query import PointTotals, parts_by_factor, point_totals, whole_totals
from veriwatt.reading.series_readings import HistoryOf
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval, UtcMillis

MAX_ROWS = 100_000

PERIODS = TypeAdapter(list[PeriodFigure])
"""Validates the periods of an answer in one call; a call for each period is slower."""


@dataclass(frozen=True, slots=True)
class TotalsQuestion:
    """A question for the totals of a point: by periods of `every` in `span`, in its own unit or as `measure`.

    `due` is the time in which the point has slots that are due. `also` names further measures to which the whole span
    is converted, by the factors of `choice`. `by_column` asks for a list of each field of the periods instead of an
    object for each period, which takes a fifth of the bytes.
    """

    span: Interval
    due: Interval | None
    every: str
    measure: str
    also: tuple[str, ...]
    choice: FactorChoice
    as_of: UtcMillis | None
    by_column: bool


def totals_answer(
    readings: ReadingsView, org: str, definition: PointDefinition, asked: TotalsQuestion, histories: HistoryOf
) -> TotalsAnswer:
    """The answer to one question after totals.

    Raises:
        BadInput: more than 100 000 periods, or an unknown conversion.
        Malformed: `every` is unknown or finer than the slot.
        NotFound: `measure` needs a factor, and the energy has none.
    """
    span, measure = asked.span, asked.measure
    _check_rows(definition, span, asked.every)
    by_period = point_totals(readings, org, definition, span, asked.every, histories, asked.as_of)
    cut = parts_by_factor(readings, by_period, histories, asked.as_of) if measure else None
    figures = Figures(by_period, asked.due, measure, asked.choice, cut)
    span_in = _span_in_measures(readings, org, definition, asked, histories)
    return TotalsAnswer(
        org=org,
        point=definition.id,
        every=asked.every,
        measure=measure or None,
        definition=_definition(by_period),
        total=_span_figure(next(iter(span_in(measure))), by_period.series),
        also={each: _converted_value(span_in(each)) for each in asked.also},
        rows=None if asked.by_column else PERIODS.validate_python(list(figures.rows())),
        columns=FigureColumns(**figures.columns()) if asked.by_column else None,
        left_out=_left_out(readings, org, definition, span),
    )


def _definition(totals: PointTotals) -> FigureDefinition:
    own = totals.definition
    return FigureDefinition(
        **measured(own),
        timezone=own.timezone,
        countries=list(dict.fromkeys(filter(None, (country_of(each.definition) for each in totals.series)))),
    )


def _span_in_measures(
    readings: ReadingsView, org: str, definition: PointDefinition, asked: TotalsQuestion, histories: HistoryOf
) -> Callable[[str], Figures]:
    """The one figure of the whole span in each measure; it is read once, and once more for what is converted."""
    whole = whole_totals(readings, org, definition, asked.span, histories, asked.as_of)
    parts = cache(lambda: parts_by_factor(readings, whole, histories, asked.as_of))
    return lambda measure: Figures(whole, asked.due, measure, asked.choice, parts() if measure else None)


def _left_out(readings: ReadingsView, org: str, definition: PointDefinition, span: Interval) -> list[LeftOutStretch]:
    found = left_out_by_definition(readings.left_out(org, definition.id, span), Zone.parse(definition.timezone))
    return [LeftOutStretch(**each.fields()) for each in found]


def _span_figure(figure: Figure, series: Sequence[ValueSeries]) -> SpanFigure:
    evidence = None if figure.factors is not None else figure.evidence
    start = end = None
    if figure.period.cut and (counted := counted_span(series, Interval(figure.period.start, figure.period.end))):
        start, end = map(figure.zone.rfc3339, (counted.start, counted.end))
    return SpanFigure(
        **figure.fields(),
        counted_start=start,
        counted_end=end,
        permille=figure.completeness.permille,
        factors=_factors(figure),
        evidence=None if evidence is None else evidence.url,
    )


def _converted_value(figures: Figures) -> ConvertedValue:
    """The span in another measure, or why it has none there."""
    try:
        (converted,) = figures
    except NotFound as error:
        why = NotConverted(code=error.code, values=error.values, detail=str(error))
        return ConvertedValue(value=None, unit=figures.unit, factors=[], why_not=why)
    value, factors = printed_value(converted.value), _factors(converted)
    return ConvertedValue(value=value, unit=converted.unit, factors=factors, why_not=None)


def _factors(figure: Figure) -> list[FactorUse]:
    return [FactorUse(**factor.fields()) for factor in figure.factors or ()]


def _check_rows(definition: PointDefinition, span: Interval, every: str) -> None:
    if more_periods_than(MAX_ROWS, Zone.parse(definition.timezone), every, span, definition.day_begins):
        remedy = "ask for a longer period or a shorter span"
        raise BadInput(where="every", value=every, why=f"more than {MAX_ROWS:,} periods", remedy=remedy)
