"""The readings of a point in a span, each judged under the definition of its own series and given at one scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from veriwatt.metering.point_history import ALWAYS, PointHistory, ValueSeries, common_definition
from veriwatt.metering.register_judge import SETTLED_AFTER
from veriwatt.metering.register_steps import Steps, join_steps, multiplied
from veriwatt.metering.step_totals import Holes, holes_of, join_holes
from veriwatt.metering.totals import ReadingColumns
from veriwatt.model.frames.statuses import has_value
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.reading.register_readings import read_register
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval, UtcMillis

HistoryOf = Callable[[str, str], PointHistory]
"""What the ledger knows of a point, by org and point."""

_NONE = np.zeros(0, np.int64)


def no_history(_org: str, _point: str) -> PointHistory:
    """For counts of slots, which no record of a register changes."""
    return PointHistory()


@dataclass(frozen=True, slots=True)
class SpanMeaning:
    """What a point's values in a span mean: the series that overlap it, and the `definition` of its figures."""

    series: tuple[ValueSeries, ...]
    definition: PointDefinition
    history: PointHistory


def meaning_of(
    readings: ReadingsView, org: str, definition: PointDefinition, span: Interval, histories: HistoryOf
) -> SpanMeaning:
    """The meaning of a span of a point, whose newest definition is given.

    Raises:
        SeveralDefinitions: the point has readings in the span whose values are no parts of one sum.
    """
    history = histories(org, definition.id)
    series = history.within(span, definition)
    if len(series) == 1:
        return SpanMeaning(series, series[0].definition, history)
    known = _known(readings, org, definition.id)
    read = None if known is None else known.overlap(span)
    meant = [each.definition for each in series if read is not None and each.span.overlap(read)]
    return SpanMeaning(series, common_definition(meant or [series[-1].definition]), history)


def read_series(
    readings: ReadingsView, org: str, meaning: SpanMeaning, span: Interval, as_of: UtcMillis | None
) -> tuple[ReadingColumns, Steps | None, Holes]:
    """The slots in the span, and of a register the steps that are right in it, and its slots that no frame states."""
    definition = meaning.definition
    slots, steps, holes = list[ReadingColumns](), list[Steps](), list[Holes]()
    record = meaning.history.record if as_of is None else meaning.history.record.as_of(as_of)

    def read(start: UtcMillis, end: UtcMillis) -> ReadingColumns:
        rows = readings.read(org, definition.id, start, end, as_of)
        return ReadingColumns(rows.starts, rows.stops, rows.values, rows.statuses)

    for each in meaning.series:
        whole, part = _known(readings, org, definition.id, each.span), each.span.overlap(span)
        if part is None:
            continue
        factor = 10 ** max(0, each.definition.scale - definition.scale)
        if definition.kind is Kind.REGISTER:
            outside = _outside(readings, org, each, whole, meaning.history)
            if whole is None:
                holes.append(outside)
                continue
            found = read_register(read, each, record, whole, part, outside)
            steps.append(found.steps.multiplied(factor))
            slots.append(found.slots)
            holes.append(found.holes)
        elif whole is not None:
            own = read(part.start, part.end)
            slots.append(replace(own, values=multiplied(own.values, factor)))
    return _joined(slots), join_steps(steps) if definition.kind is Kind.REGISTER else None, join_holes(holes)


def _outside(
    readings: ReadingsView, org: str, series: ValueSeries, whole: Interval | None, history: PointHistory
) -> Holes:
    """The slots of a series before the first one stated, and those after the last reading with a value, that a frame on
    the ledger might state: a fall after gaps may have come in them. `whole` is from the first stated to the last.
    """
    holes, begins = list[Interval](), history.begin_of(series)
    if whole is not None and history.begins is not None and begins < whole.start:
        holes.append(Interval(begins, whole.start))
    if history.newest_end is None:
        return holes_of(holes)
    last = begins if whole is None else _last_reading(readings, org, series.definition.id, whole)
    # beyond its series the readings are those of another one, whose periods have holes of their own
    end = min(series.slot_at(history.newest_end).start, series.span.end + 1)
    if end > last:
        holes.append(Interval(last, end))
    return holes_of(holes)._replace(until=history.newest_end)


def _last_reading(readings: ReadingsView, org: str, point: str, whole: Interval) -> UtcMillis:
    """The stamp of the last reading with a value; of none, the start of `whole`."""
    reach = SETTLED_AFTER
    while True:
        rows = readings.read(org, point, max(whole.start, whole.end - reach), whole.end)
        stops = rows.stops[has_value(rows.statuses)]
        if len(stops):
            return int(stops[-1])
        if whole.end - reach <= whole.start:
            return whole.start
        reach *= 8


def _joined(slots: list[ReadingColumns]) -> ReadingColumns:
    if len(slots) == 1:
        return slots[0]
    columns = zip(*((s.starts, s.ends, s.values, s.statuses) for s in slots), strict=True)
    starts, ends, values, statuses = ([np.concatenate([_NONE, *c]) for c in columns]) if slots else [_NONE] * 4
    return ReadingColumns(starts, ends, values, statuses.astype(np.uint8))


def _known(readings: ReadingsView, org: str, point: str, within: Interval = ALWAYS) -> Interval | None:
    """From the start of the point's first slot that begins in `within` to the end of its last."""
    found = readings.span(org, point, within)
    return None if found is None else Interval(*found)
