"""The rule that a register's steps are judged by, from its definition and its record on the ledger."""

from __future__ import annotations

from veriwatt.metering.register_track import RegisterRule, Times
from veriwatt.metering.slots import grid_of
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.units import DAY, UtcMillis


def rule_of(definition: PointDefinition, record: RegisterRecord, stamps: Times) -> RegisterRule:
    """The rule that readings with these stamps are judged by."""
    days = None
    if definition.restart and len(stamps):
        days = _day_starts(definition, int(stamps[0]), int(stamps[-1]))
    return RegisterRule(definition.width, definition.rate, backward=definition.backward, day_starts=days, record=record)


def _day_starts(definition: PointDefinition, first: UtcMillis, last: UtcMillis) -> Times:
    return grid_of(definition.timezone, "day", definition.day_begins).edges(first - 2 * DAY, last + 2 * DAY)
