"""The claim of a period: which frames state its slots and those of its context, and the leaves of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from veriwatt.metering.register_context import PeriodContext, period_context
from veriwatt.metering.register_rule import rule_of
from veriwatt.model.evidence.frame_proof import FramePart
from veriwatt.model.evidence.period_claim import ClaimedPeriod, PeriodClaim
from veriwatt.model.frames.columns import SLOTS_IN_LEAF, Column
from veriwatt.model.frames.frame import Frame
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.model.points.status import Kind
from veriwatt.reading.evidence.disclose import DisclosedFrame, definition_part, disclose_frame
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.reading_rows import ReadingRows
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import DAY, Interval, UtcMillis

_NEAR = 16 * DAY


def context_of(
    view: ReadingsView,
    org: str,
    definition: PointDefinition,
    period: Interval,
    record: RegisterRecord,
    beginning: UtcMillis,
) -> Interval:
    """The span whose slots decide the period's figure: the period itself, or a register's context around it.

    `beginning` is where the series of the point begins: no reading before it counts.
    """
    if definition.kind is not Kind.REGISTER:
        return period
    whole, near = view.span(org, definition.id), _NEAR
    while True:
        start = max(period.start - near, beginning)
        rows = _valued(view.read(org, definition.id, start, period.end + near))
        context = period_context(rows.starts, rows.stops, rows.values, rule_of(definition, record, rows.stops), period)
        from_first = start == beginning or whole is None or start <= whole[0]
        if context.first > 0 or from_first:
            return _span(rows, context, period, beginning)
        near *= 8


def positions_in(rows: ReadingRows) -> list[int]:
    """The frames that state these slots in their newest version, in order."""
    return sorted(set(rows.positions.tolist()))


def disclose_period(
    points: Points, opener: GroupOpener, frames: Sequence[tuple[int, Frame]], claimed: ClaimedPeriod
) -> tuple[PeriodClaim, list[FramePart]]:
    """The claim of the period, disclosed from frames in the order of their positions, and their parts of the evidence.

    Raises:
        SeveralDefinitions: they state the point under several definitions.
        KeyRefused: the owner's agent does not give a group's key.
    """

    def leaves_of_context(column: Column) -> range:
        first = int(np.searchsorted(column.ends, claimed.context.start, "right"))
        end = int(np.searchsorted(column.starts, claimed.context.end, "left"))
        return range(first // SLOTS_IN_LEAF, -(-end // SLOTS_IN_LEAF))

    found: list[DisclosedFrame] = [
        disclose_frame(points, opener, frame, position, claimed.point, leaves_of_context) for position, frame in frames
    ]
    opener.record_openings()
    claim = PeriodClaim(claimed, definition_part(claimed.point, found), tuple(each.column for each in found))
    return claim, [each.part for each in found]


def _valued(rows: ReadingRows) -> ReadingRows:
    valued = (rows.statuses >= 1) & (rows.statuses <= 3)
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
