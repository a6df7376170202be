"""What of an exchange contradicts the readings stored; the ledger has none, so it records whatever the owner states."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput
from veriwatt.metering.point_history import ValueSeries
from veriwatt.metering.register_track import RegisterRule, StepKind, Times
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RecordExchange, RegisterRecord
from veriwatt.node.home import Home
from veriwatt.reading.exchange_effect import slots_read
from veriwatt.reading.register_readings import read_register
from veriwatt.units import DAY, Interval, UtcMillis

_NEAR = 92 * DAY


@dataclass(frozen=True, slots=True)
class KeptReading:
    """A reading that is no outlier, and when it was read."""

    at: UtcMillis
    value: int


@dataclass(frozen=True, slots=True)
class KeptReadings:
    """The readings within three months of an exchange that are no outliers, in order."""

    stamps: Times
    values: Times

    def beside(self, at: UtcMillis) -> tuple[KeptReading | None, KeptReading | None]:
        """Those before and after `at`; of one stamped at it, nobody knows whose it is."""
        before, after = int(np.searchsorted(self.stamps, at)), int(np.searchsorted(self.stamps, at, "right"))
        return self._reading(before - 1), self._reading(after)

    def nearest_fall(self, at: UtcMillis) -> tuple[KeptReading, KeptReading] | None:
        """The two readings between which the register falls, next to `at`."""
        falls = np.flatnonzero(np.diff(self.values) < 0)
        if not len(falls):
            return None
        n = int(falls[np.abs(self.stamps[falls] - at).argmin()])
        before, after = self._reading(n), self._reading(n + 1)
        return (before, after) if before and after else None

    def _reading(self, n: int) -> KeptReading | None:
        return KeptReading(int(self.stamps[n]), int(self.values[n])) if 0 <= n < len(self.stamps) else None


_NOTHING = KeptReadings(np.zeros(0, np.int64), np.zeros(0, np.int64))


def check_against_readings(
    node: Home,
    org: str,
    series: ValueSeries,
    body: RecordExchange,
    asked: str,
    record: RegisterRecord,
    *,
    despite_readings: bool,
) -> None:
    """Refuse an exchange that would count nothing or contradicts the readings beside it.

    Args:
        series: the series of the point's values at the time of the exchange.
        asked: the time of the exchange as it was asked for.
        record: what the ledger has of the register, with the exchange.
        despite_readings: the owner knows that the readings do not fall over it.

    Raises:
        BadInput: it lies in the future or before the first reading, a reading is beyond the one stated, or the new
            meter began lower than the old one ended, and the readings beside the exchange do not fall.
    """
    if body.at > node.clock.now():
        raise BadInput(where="--at", value=asked, why="lies in the future", remedy="record it when it has happened")
    known = node.read(lambda view: view.span(org, body.point))
    whole = known and Interval(*known).overlap(series.span)
    kept = _NOTHING if whole is None else _kept(node, org, series, whole, body.at, record)
    before, after = kept.beside(body.at)
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
    if body.first < body.last and not despite_readings:
        others = replace(record, exchanges=tuple(each for each in record.exchanges if each.at != body.at))
        _check_falls(_kept(node, org, series, whole, body.at, others), definition, body, asked)


def _check_falls(kept: KeptReadings, definition: PointDefinition, body: RecordExchange, asked: str) -> None:
    """Raise unless the readings beside the exchange, judged without it, fall, or it has a time and none follows yet."""
    before, after = kept.beside(body.at)
    if after is None and definition.minutes is not None and ":" not in asked:
        why = "names no time of the day, and no reading lies after it that would show which meter the next ones are of"
        raise BadInput(where="--at", value=asked, why=why, remedy="give the time of the replacement")
    if before is None or after is None or after.value < before.value:
        return
    advanced = definition.value(body.last - before.value + after.value - body.first)
    fall = kept.nearest_fall(body.at)
    raise BadInput(
        where="--at",
        value=asked,
        why=f"the readings do not fall there: {_shown(before, definition)}, {_shown(after, definition)}; "
        f"the meters would have counted {advanced} {definition.unit} between them",
        remedy=("" if fall is None else f"give a time between {' and '.join(_shown(r, definition) for r in fall)}; ")
        + "--despite-readings records it all the same",
    )


def _contradicted(option: str, side: str, stated: int, read: KeptReading, definition: PointDefinition) -> BadInput:
    return BadInput(
        where=option,
        value=f"{definition.value(stated)} {definition.unit}",
        why=f"is {side} reading stored, {_shown(read, definition)}",
        remedy="give what the meter showed; if that reading is wrong, correct it first (`veriwatt correct`)",
    )


def _shown(read: KeptReading, definition: PointDefinition) -> str:
    return f"{definition.value(read.value)} {definition.unit} at {Zone.parse(definition.timezone).rfc3339(read.at)}"


def _kept(
    node: Home, org: str, series: ValueSeries, whole: Interval, at: UtcMillis, record: RegisterRecord
) -> KeptReadings:
    near = Interval(at - _NEAR, at + _NEAR).overlap(whole)
    if near is None:
        return _NOTHING
    found = node.read(
        lambda view: read_register(slots_read(view, org, series.definition.id), series, record, whole, near)
    )
    valued, steps = found.slots.with_value(), found.steps
    stamps = steps.stamps[~steps.of_kind(StepKind.OUTLIER)]
    return KeptReadings(stamps, valued.values[np.searchsorted(valued.ends, stamps)])


def _rolled_over(definition: PointDefinition, before: KeptReading, body: RecordExchange) -> bool:
    rule = RegisterRule(definition.width, definition.rate, definition.step)
    return rule.may_go_round(body.last - before.value, body.at - before.at)
