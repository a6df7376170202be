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
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.reading.register_readings import ReadSlots, read_register
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval, UtcMillis

HistoryOf = Callable[[str, str, UtcMillis | None], PointHistory]
"""What the ledger knows of a point, by org and point, or what it knew at a time."""

_NONE = np.zeros(0, np.int64)


def no_history(_org: str, _point: str, _as_of: UtcMillis | None = None) -> PointHistory:
    """For counts of slots, which no record of a register changes."""
    return PointHistory()


@dataclass(frozen=True, slots=True)
class SpanMeaning:
    """What a point's values in a span mean: the series that overlap it, and the `definition` of its figures."""

    series: tuple[ValueSeries, ...]
    definition: PointDefinition
    history: PointHistory


def meaning_of(
    readings: ReadingsView,
    org: str,
    definition: PointDefinition,
    span: Interval,
    histories: HistoryOf,
    as_of: UtcMillis | None = None,
) -> SpanMeaning:
    """The meaning of a span of a point, whose newest definition is given; with `as_of`, the one that it had then.

    Raises:
        SeveralDefinitions: the point has readings in the span whose values are no parts of one sum.
    """
    history = histories(org, definition.id, as_of)
    series = history.within(span, definition)
    if len(series) == 1:
        return SpanMeaning(series, series[0].definition, history)
    known = _known(readings, org, definition.id, ALWAYS, as_of)
    read = None if known is None else known.overlap(span)
    meant = [each.definition for each in series if read is not None and each.span.overlap(read)]
    return SpanMeaning(series, common_definition(meant or [series[-1].definition]), history)


def read_series(
    readings: ReadingsView, org: str, meaning: SpanMeaning, span: Interval, as_of: UtcMillis | None
) -> tuple[ReadingColumns, Steps | None, Holes]:
    """The slots in the span, and of a register the steps that are right in it, and its slots that no frame states.

    With `as_of`, those known then, of a meaning as of the same time.
    """
    definition = meaning.definition
    slots, steps, holes = list[ReadingColumns](), list[Steps](), list[Holes]()
    record = meaning.history.record

    def read(start: UtcMillis, end: UtcMillis) -> ReadingColumns:
        rows = readings.read(org, definition.id, start, end, as_of)
        return ReadingColumns(rows.starts, rows.stops, rows.values, rows.statuses)

    for each in meaning.series:
        begins = meaning.history.begin_of(each)  # slots before it may count since: they did not then
        whole = _known(readings, org, definition.id, Interval(begins, each.span.end), as_of)
        part = each.span.overlap(span)
        if part is None:
            continue
        factor = 10 ** max(0, each.definition.scale - definition.scale)
        if definition.kind is Kind.REGISTER:
            outside = _outside(read, each, whole, meaning.history)
            if whole is None:
                holes.append(outside)
                continue
            found = read_register(read, each, record, whole, part, outside)
            steps.append(found.steps.multiplied(factor))
            slots.append(found.slots)
            holes.append(found.holes)
        elif whole is not None and (known := whole.overlap(part)) is not None:
            own = read(known.start, known.end)
            slots.append(replace(own, values=multiplied(own.values, factor)))
    return _joined(slots), join_steps(steps) if definition.kind is Kind.REGISTER else None, join_holes(holes)


def _outside(read: ReadSlots, series: ValueSeries, whole: Interval | None, history: PointHistory) -> Holes:
    """The slots of a series before the first one stated, and those after the last reading with a value, that a frame on
    the ledger might state: a fall after gaps may have come in them. `whole` is from the first stated to the last.
    """
    holes, begins = list[Interval](), history.begin_of(series)
    if whole is not None and history.begins is not None and begins < whole.start:
        holes.append(Interval(begins, whole.start))
    if history.newest_end is None:
        return holes_of(holes)
    last = begins if whole is None else _last_reading(read, whole)
    # beyond its series the readings are those of another one, whose periods have holes of their own
    end = min(series.slot_at(history.newest_end).start, series.span.end + 1)
    if end > last:
        holes.append(Interval(last, end))
    return holes_of(holes)._replace(until=history.newest_end)


def _last_reading(read: ReadSlots, whole: Interval) -> UtcMillis:
    """The stamp of the last reading with a value; of none, the start of `whole`."""
    reach = SETTLED_AFTER
    while True:
        stamps = read(max(whole.start, whole.end - reach), whole.end).with_value().ends
        if len(stamps):
            return int(stamps[-1])
        if whole.end - reach <= whole.start:
            return whole.start
        reach *= 8


def _joined(slots: list[ReadingColumns]) -> ReadingColumns:
    if len(slots) == 1:
        return slots[0]
    columns = zip(*((s.starts, s.ends, s.values, s.statuses) for s in slots), strict=True)
    starts, ends, values, statuses = ([np.concatenate([_NONE, *c]) for c in columns]) if slots else [_NONE] * 4
    return ReadingColumns(starts, ends, values, statuses.astype(np.uint8))


def _known(readings: ReadingsView, org: str, point: str, within: Interval, as_of: UtcMillis | None) -> Interval | None:
    """From the start of the point's first slot that begins in `within` to the end of its last."""
    found = readings.span(org, point, within, as_of)
    return None if found is None else Interval(*found)
