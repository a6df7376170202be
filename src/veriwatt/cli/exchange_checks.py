"""What of an exchange contradicts the readings stored; the ledger has none, so it records whatever the owner states."""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput
from veriwatt.metering.point_history import ValueSeries
from veriwatt.metering.register_falls import within_rate
from veriwatt.metering.register_track import StepKind, Times
from veriwatt.metering.totals import ReadingColumns
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RecordExchange, RegisterRecord
from veriwatt.node.home import Home
from veriwatt.reading.register_readings import read_register
from veriwatt.units import DAY, Interval, UtcMillis

_NEAR = 92 * DAY


@dataclass(frozen=True, slots=True)
class KeptReading:
    """A reading that is no outlier, and when it was read."""

    at: UtcMillis
    value: int


def check_against_readings(
    node: Home, org: str, series: ValueSeries, body: RecordExchange, asked: str, record: RegisterRecord
) -> None:
    """Refuse an exchange that would count nothing or contradicts the readings beside it.

    Args:
        series: the series of the point's values at the time of the exchange.
        asked: the time of the exchange as it was asked for.
        record: what the ledger has of the register, with the exchange.

    Raises:
        BadInput: it lies in the future or before the first reading, or a reading is beyond the one stated.
    """
    if body.at > node.clock.now():
        raise BadInput(where="--at", value=asked, why="lies in the future", remedy="record it when it has happened")
    known = node.view().span(org, body.point)
    whole = known and Interval(*known).overlap(series.span)
    before, after = (None, None) if whole is None else _beside(node, org, series, whole, body.at, record)
    if whole is None or (before is None and body.at - _NEAR <= whole.start):
        raise BadInput(
            where="--at",
            value=asked,
            why="no reading lies before it, so that no step leads over it",
            remedy="give the time of the replacement; one before the first reading needs no record",
        )
    definition = series.definition
    if definition.backward or definition.restart:
        return
    if before and body.last < before.value and not _rolled_over(definition, before, body):
        raise _contradicted("--last", "below the last", body.last, before, definition)
    if after and after.value < body.first:
        raise _contradicted("--first", "above the next", body.first, after, definition)


def _contradicted(option: str, side: str, stated: int, read: KeptReading, definition: PointDefinition) -> BadInput:
    found = f"{definition.value(read.value)} {definition.unit} at {Zone.parse(definition.timezone).rfc3339(read.at)}"
    return BadInput(
        where=option,
        value=f"{definition.value(stated)} {definition.unit}",
        why=f"is {side} reading stored, {found}",
        remedy="give what the meter showed; if that reading is wrong, correct it first (`veriwatt correct`)",
    )


def _beside(
    node: Home, org: str, series: ValueSeries, whole: Interval, at: UtcMillis, record: RegisterRecord
) -> tuple[KeptReading | None, KeptReading | None]:
    """The kept readings before and after the exchange; of one stamped at it, nobody knows whose it is."""
    definition, view = series.definition, node.view()

    def read(start: UtcMillis, end: UtcMillis) -> ReadingColumns:
        rows = view.read(org, definition.id, start, end, None)
        return ReadingColumns(rows.starts, rows.stops, rows.values, rows.statuses)

    near = Interval(at - _NEAR, at + _NEAR).overlap(whole)
    if near is None:
        return None, None
    found = read_register(read, series, record, whole, near)
    valued, steps = found.slots.with_value(), found.steps
    values = dict(zip(valued.ends.tolist(), valued.values.tolist(), strict=True))
    kept = steps.stamps[~steps.of_kind(StepKind.OUTLIER)]

    def reading(stamps: Times) -> KeptReading | None:
        return KeptReading(int(stamps[0]), values[int(stamps[0])]) if len(stamps) else None

    return reading(kept[kept < at][::-1]), reading(kept[kept > at])


def _rolled_over(definition: PointDefinition, before: KeptReading, body: RecordExchange) -> bool:
    if definition.width is None or definition.rate is None:
        return False
    return within_rate(definition.width + body.last - before.value, body.at - before.at, definition.rate)
