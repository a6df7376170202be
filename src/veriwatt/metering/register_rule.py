"""The rule that a register's steps are judged by, from its series of values and its record on the ledger."""

from __future__ import annotations

from veriwatt.metering.point_history import ValueSeries
from veriwatt.metering.register_track import RegisterRule, Times
from veriwatt.model.points.register_record import RegisterRecord


def rule_of(series: ValueSeries, record: RegisterRecord, stamps: Times) -> RegisterRule:
    """The rule that readings of the series with these stamps are judged by."""
    definition, days = series.definition, None
    if definition.restart and len(stamps):
        days = series.day_starts(int(stamps[0]), int(stamps[-1]))
    width, rate, step = definition.width, definition.rate, definition.step
    return RegisterRule(width, rate, step, backward=definition.backward, day_starts=days, record=record)
