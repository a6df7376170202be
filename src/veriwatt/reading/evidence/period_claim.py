"""The claim of a period: which frames state its slots and those of its context, and the leaves of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from veriwatt.metering.point_history import PointHistory, SeveralDefinitions, ValueSeries
from veriwatt.metering.register_context import PeriodContext, period_context
from veriwatt.metering.register_judge import SETTLED_AFTER
from veriwatt.metering.register_rule import rule_of
from veriwatt.model.evidence.disclosure import DefinitionPart
from veriwatt.model.evidence.frame_proof import FramePart
from veriwatt.model.evidence.period_claim import ClaimedPeriod, PeriodClaim
from veriwatt.model.frames.columns import SLOTS_IN_LEAF, Column
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.statuses import has_value
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.model.points.status import Kind, Status
from veriwatt.reading.evidence.disclose import DisclosedFrame, definition_parts, disclose_frame
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.reading_rows import ReadingRows
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import DAY, Interval, UtcMillis

_NEAR = 16 * DAY


def context_of(view: ReadingsView, org: str, series: ValueSeries, period: Interval, record: RegisterRecord) -> Interval:
    """The span whose slots decide the period's figure: the period itself, or a register's context around it.

    It lies within the point's series at the period: no reading before or after it counts.
    """
    definition = series.definition
    if definition.kind is not Kind.REGISTER:
        return period
    found = view.span(org, definition.id, series.span)
    whole = series.span if found is None else Interval(*found)
    near = _NEAR
    while True:
        start, end = max(period.start - near, series.span.start), min(period.end + near, series.span.end)
        stated = view.read(org, definition.id, start, end)
        rows = _valued(stated)
        rule, earliest = rule_of(series, record, rows.stops), _after_unstated(stated, rows, period)
        whole_series = whole.start <= max(series.span.start, start) or period.start <= series.span.start
        columns = rows.starts, rows.stops, rows.values
        context = period_context(*columns, rule, period, earliest=earliest, from_first=whole_series)
        decided = context.first > 0 or start <= whole.start
        settled = context.end < len(rows.stops) and bool((rows.stops > period.end + SETTLED_AFTER).any())
        if decided and (settled or end >= whole.end):
            span = _span(rows, context, period, series.span.start)
            gaps = stated.stops[stated.starts <= period.end + SETTLED_AFTER]
            return Interval(span.start, max([span.end, *gaps[-1:].tolist()]))
        near *= 8


def last_unstated(
    view: ReadingsView, org: str, definition: PointDefinition, history: PointHistory, period: Interval
) -> Interval | None:
    """The last slots before the period, since the point's beginning, that no frame states; None: there are none."""
    series = history.at(period.start, definition)
    begins, found = history.begin_of(series), view.span(org, definition.id, series.span)
    if found is None:
        return None
    whole = Interval(*found)
    near = _NEAR
    while True:
        start = max(period.start - near, whole.start)
        if unstated := _last_between(view.read(org, definition.id, start, period.end), period):
            return unstated
        if start <= whole.start:
            return Interval(begins, whole.start) if begins < min(whole.start, period.start) else None
        near *= 8


def _after_unstated(stated: ReadingRows, valued: ReadingRows, period: Interval) -> int:
    """The first reading after the last slot before the period that no frame states."""
    unstated = _last_between(stated, period)
    return 0 if unstated is None else int(np.searchsorted(valued.starts, unstated.end))


def _last_between(stated: ReadingRows, period: Interval) -> Interval | None:
    """The last slots before the period that no frame states between two that are stated."""
    ends, starts = stated.stops[:-1], stated.starts[1:]
    found = np.flatnonzero((starts > ends) & (ends < period.start))
    return Interval(int(ends[found[-1]]), int(starts[found[-1]])) if len(found) else None


def positions_in(rows: ReadingRows, context: Interval) -> list[int]:
    """The frames that state these slots in their newest version, in order; a slot that the context cuts needs none."""
    inside = (rows.starts >= context.start) & (rows.stops <= context.end)
    return sorted(set(rows.positions[inside].tolist()))


def disclose_period(
    points: Points, opener: GroupOpener, frames: Sequence[tuple[int, Frame]], claimed: ClaimedPeriod
) -> tuple[PeriodClaim, list[FramePart]]:
    """The claim of the period, disclosed from frames in the order of their positions, and their parts of the evidence.

    Raises:
        SeveralDefinitions: they state the point under several definitions.
        KeyRefused: the owner's agent does not give a group's key.
    """
    ends: list[UtcMillis] = []

    def leaves_of_context(column: Column) -> range:
        ends.append(_last_stated(column, claimed.context))
        first = int(np.searchsorted(column.ends, claimed.context.start, "right"))
        end = int(np.searchsorted(column.starts, claimed.context.end, "left"))
        return range(first // SLOTS_IN_LEAF, -(-end // SLOTS_IN_LEAF))

    found: list[DisclosedFrame] = [
        disclose_frame(points, opener, frame, position, claimed.point, leaves_of_context) for position, frame in frames
    ]
    opener.record_openings()
    named = definition_parts(claimed.point, found)
    until = Interval(claimed.context.start, max(ends))
    unnamed = _unnamed(points, claimed, until, [part.definition for part in named])
    claim = PeriodClaim(claimed, (*unnamed, *named), tuple(each.column for each in found))
    return claim, [each.part for each in found]


def _last_stated(column: Column, context: Interval) -> UtcMillis:
    """The end of the last slot of the context that the column states; of none, the end of the context."""
    stated = (column.codes != Status.ABSENT) & (column.starts >= context.start) & (column.ends <= context.end)
    return int(column.ends[stated].max()) if stated.any() else context.end


def _unnamed(
    points: Points, claimed: ClaimedPeriod, until_last: Interval, named: Sequence[PointDefinition]
) -> tuple[DefinitionPart, ...]:
    """The definitions of the context up to the last stated slot, and the one before it, that no frame names.

    Raises:
        SeveralDefinitions: in a part of it, values have another meaning.
    """
    timeline = points.record(claimed.org, claimed.point)
    series = () if timeline is None else timeline.series
    inside = [n for n, each in enumerate(series) if each.within(until_last)]
    shown = [points.defined(claimed.org, claimed.point, series[n]) for n in inside]
    if any(not each.same_values(named[-1]) for each in shown):
        raise SeveralDefinitions(claimed.point)
    before = [points.defined(claimed.org, claimed.point, series[n - 1]) for n in inside[:1] if n]
    return tuple(DefinitionPart(each, ()) for each in dict.fromkeys((*before, *shown)) if each not in named)


def _valued(rows: ReadingRows) -> ReadingRows:
    valued = has_value(rows.statuses)
    return ReadingRows(
        rows.points[valued],
        rows.starts[valued],
        rows.stops[valued],
        rows.values[valued],
        rows.statuses[valued],
        rows.positions[valued],
    )


def _span(rows: ReadingRows, context: PeriodContext, period: Interval, beginning: UtcMillis) -> Interval:
    """From the slot of the first reading, or the beginning of the series, to the end of the last one's."""
    if context.first == context.end:
        return Interval(min(beginning, period.start), period.end)
    start = beginning if context.from_first else int(rows.starts[context.first])
    return Interval(min(start, period.start), max(int(rows.stops[context.end - 1]), period.end))
