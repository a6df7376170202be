"""Totals as the API answers them: rows by period, the whole span as one, each conversion with its factor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from veriwatt.energy.calendar import Zone, period_edges
from veriwatt.energy.completeness import Completeness
from veriwatt.energy.totals import Total
from veriwatt.errors import BadInput
from veriwatt.model.point import PointDefinition
from veriwatt.readmodel.readings import Readings
from veriwatt.services.convert import ConvertedTotals, convert_totals
from veriwatt.services.query import PointTotals, point_totals, span_total
from veriwatt.units import Decimal10, Interval, UtcMillis, parse_decimal

MAX_ROWS = 100_000


def answer_of(
    readings: Readings, org: str, definition: PointDefinition, span: Interval, every: str, measure: str, basis: str,
    as_of: UtcMillis | None,
) -> dict[str, Any]:  # fmt: skip
    """The answer to one question after totals.

    Raises:
        BadInput: more than 100 000 periods.
        Malformed: `every` is unknown or finer than the slot, or the conversion is.
        Missing: the energy has no factor.
    """
    _check_rows(definition, span, every)
    found = point_totals(readings, org, definition, span, every, as_of)
    converted = convert_totals(found, measure, basis) if measure else None
    whole = span_total(readings, org, definition, span, as_of)
    by_year = point_totals(readings, org, definition, span, "1y", as_of) if measure else None
    return {
        "org": org,
        "point": definition.id,
        "every": every,
        "measure": measure or None,
        "total": _whole(definition, whole, by_year, measure, basis),
        "rows": _rows(found, converted),
    }


def completeness_of(found: Sequence[PointTotals]) -> dict[str, Completeness]:
    """Each point's slots by what is known of them, over all of its periods together."""
    none = Completeness(0, 0, 0, 0, 0)
    return {each.definition.id: reduce(Completeness.joined, map(_completeness, each.totals), none) for each in found}


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


def _rows(found: PointTotals, converted: ConvertedTotals | None) -> list[dict[str, Any]]:
    zone, definition = found.zone(), found.definition
    rows = []
    for i, total in enumerate(found.totals):
        row: dict[str, Any] = {
            "point": definition.id, "start": zone.rfc3339(total.start), "end": zone.rfc3339(total.end),
            "value": _value(definition, total), "unit": definition.unit, "expected": total.expected,
            "measured": total.measured, "estimated": total.estimated, "manual": total.manual, "gap": total.gap,
            "bridged": total.bridged,
        }  # fmt: skip
        rows.append(row if converted is None else row | {"unit": converted.unit, **converted.rows[i]})
    return rows


def _whole(
    definition: PointDefinition, total: Total, by_year: PointTotals | None, measure: str, basis: str
) -> dict[str, Any]:
    zone, counts = Zone.parse(definition.timezone), _completeness(total)
    value, unit, factors = _value(definition, total), definition.unit, []
    if by_year is not None:
        converted = convert_totals(by_year, measure, basis)
        value, unit, factors = _sum(converted), converted.unit, _factors(by_year, converted)
    return {
        "start": zone.rfc3339(total.start), "end": zone.rfc3339(total.end), "value": value, "unit": unit,
        "expected": total.expected, "measured": total.measured, "estimated": total.estimated, "manual": total.manual,
        "gap": total.gap, "missing": counts.missing, "permille": counts.permille, "bridged": total.bridged,
        "factors": factors,
    }  # fmt: skip


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
            "year": zone.year(total.start), "basis": row["basis"], "factor": row["factor"],
            "factor_year": row["factor_year"], "source": row["factor_source"], "confirmed": row["factor_confirmed"],
        }
        for total, row in zip(by_year.totals, converted.rows, strict=True)
    ]  # fmt: skip


def _completeness(total: Total) -> Completeness:
    return Completeness(total.expected, total.measured, total.estimated, total.manual, total.gap)


def _value(definition: PointDefinition, total: Total) -> str | None:
    return None if total.value is None else str(definition.value(total.value))


def _check_rows(definition: PointDefinition, span: Interval, every: str) -> None:
    count = len(period_edges(Zone.parse(definition.timezone), every, span)) - 1
    if count > MAX_ROWS:
        remedy = "ask for a longer period or a shorter span"
        raise BadInput(where="every", value=every, why=f"{count:,} periods are more than {MAX_ROWS:,}", remedy=remedy)
