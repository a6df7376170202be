"""Totals as the API answers them: rows by period, the whole span as one, each conversion with its factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from veriwatt.energy.calendar import Zone, period_edges
from veriwatt.energy.completeness import Completeness
from veriwatt.errors import BadInput, NotFound
from veriwatt.metering.totals import Total
from veriwatt.model.points.point import PointDefinition
from veriwatt.reading.convert import MEASURES, ConvertedTotals, convert_totals
from veriwatt.reading.query import PointTotals, point_totals, span_total
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Decimal10, Interval, UtcMillis, parse_decimal

MAX_ROWS = 100_000
COUNTS = ("expected", "measured", "estimated", "manual", "gap", "bridged")
"""What is counted or said of a period beside its value."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a point: periods of `every` in `span`, in its own unit or as `measure`.

    `also` names measures that the whole span is converted to besides; `by_column` gives the periods as a list of
    each figure, a fifth of the bytes.
    """

    span: Interval
    every: str
    measure: str
    also: tuple[str, ...]
    basis: str
    as_of: UtcMillis | None
    by_column: bool


def answer_of(readings: ReadingsView, org: str, definition: PointDefinition, asked: Question) -> dict[str, Any]:
    """The answer to one question after totals.

    Raises:
        BadInput: more than 100 000 periods, or an unknown conversion.
        Malformed: `every` is unknown or finer than the slot.
        NotFound: the energy has no factor, and its conversion is what is asked for.
    """
    span, every, measure, as_of = asked.span, asked.every, asked.measure, asked.as_of
    _check_rows(definition, span, every)
    found = point_totals(readings, org, definition, span, every, as_of)
    converted = convert_totals(found, measure, asked.basis) if measure else None
    answer: dict[str, Any] = {
        "org": org,
        "point": definition.id,
        "every": every,
        "measure": measure or None,
        "total": _whole(definition, span_total(readings, org, definition, span, as_of)),
        "also": {},
        "rows": None if asked.by_column else _rows(found, converted),
        "columns": _columns(found, converted) if asked.by_column else None,
    }
    if measure or asked.also:
        by_year = point_totals(readings, org, definition, span, "1y", as_of)
        answer["total"] |= _converted(by_year, measure, asked.basis) if measure else {}
        answer["also"] = {each: _converted_if_known(by_year, each) for each in asked.also}
    return answer


def counts_shown(counts: Completeness) -> dict[str, Any]:
    """The counts as they are answered."""
    return {
        "expected": counts.expected,
        "measured": counts.measured,
        "estimated": counts.estimated,
        "manual": counts.manual,
        "gap": counts.gap,
        "missing": counts.missing,
        "permille": counts.permille,
        "complete": counts.complete,
    }


def _columns(found: PointTotals, converted: ConvertedTotals | None) -> dict[str, Any]:
    """A list of each figure, one element a period; period i is from `edges[i]` to `edges[i + 1]`."""
    zone, definition, columns = found.zone(), found.definition, found.columns
    pairs = zip(columns.values.tolist(), columns.known.tolist(), strict=True)
    values = [str(definition.value(value)) if known else None for value, known in pairs]
    return {
        "edges": [zone.rfc3339(t) for t in (int(columns.starts[0]), *columns.ends.tolist())],
        "unit": definition.unit if converted is None else converted.unit,
        "value": values if converted is None else [row["value"] for row in converted.rows],
        **{name: getattr(columns, name).tolist() for name in COUNTS},
    }


def _rows(found: PointTotals, converted: ConvertedTotals | None) -> list[dict[str, Any]]:
    """One object a period: the columns, turned."""
    columns = _columns(found, converted)
    edges, values, unit = columns["edges"], columns["value"], columns["unit"]
    rows = []
    for i, counts in enumerate(zip(*(columns[name] for name in COUNTS), strict=True)):
        about = {"point": found.definition.id, "start": edges[i], "end": edges[i + 1], "value": values[i], "unit": unit}
        more = {} if converted is None else converted.rows[i]
        rows.append(about | dict(zip(COUNTS, counts, strict=True)) | more)
    return rows


def _whole(definition: PointDefinition, total: Total) -> dict[str, Any]:
    zone = Zone.parse(definition.timezone)
    counts = Completeness(total.expected, total.measured, total.estimated, total.manual, total.gap)
    return {
        "start": zone.rfc3339(total.start),
        "end": zone.rfc3339(total.end),
        "value": _value(definition, total),
        "unit": definition.unit,
        "expected": total.expected,
        "measured": total.measured,
        "estimated": total.estimated,
        "manual": total.manual,
        "gap": total.gap,
        "missing": counts.missing,
        "permille": counts.permille,
        "bridged": total.bridged,
        "factors": [],
    }


def _converted(by_year: PointTotals, measure: str, basis: str = "") -> dict[str, Any]:
    converted = convert_totals(by_year, measure, basis)
    return {"value": _sum(converted), "unit": converted.unit, "factors": _factors(by_year, converted)}


def _converted_if_known(by_year: PointTotals, measure: str) -> dict[str, Any]:
    """As `_converted`; without factors where a year has none."""
    try:
        return _converted(by_year, measure)
    except NotFound:
        return {"value": None, "unit": MEASURES[measure], "factors": []}


def _sum(converted: ConvertedTotals) -> str | None:
    """The sum of the years, each converted by its own factor; None when no reading lies in any."""
    known = [parse_decimal(str(row["value"])) for row in converted.rows if row["value"] is not None]
    if not known:
        return None
    scale = min(value.scale for value in known)
    return str(Decimal10(sum(value.at_scale(scale) for value in known), scale))


def _factors(by_year: PointTotals, converted: ConvertedTotals) -> list[dict[str, Any]]:
    zone = by_year.zone()
    return [
        {
            "year": zone.year(total.start),
            "basis": row["basis"],
            "factor": row["factor"],
            "factor_year": row["factor_year"],
            "source": row["factor_source"],
            "confirmed": row["factor_confirmed"],
        }
        for total, row in zip(by_year.totals, converted.rows, strict=True)
        if row["factor"] is not None
    ]


def _value(definition: PointDefinition, total: Total) -> str | None:
    return None if total.value is None else str(definition.value(total.value))


def _check_rows(definition: PointDefinition, span: Interval, every: str) -> None:
    count = len(period_edges(Zone.parse(definition.timezone), every, span)) - 1
    if count > MAX_ROWS:
        remedy = "ask for a longer period or a shorter span"
        raise BadInput(where="every", value=every, why=f"{count:,} periods are more than {MAX_ROWS:,}", remedy=remedy)
