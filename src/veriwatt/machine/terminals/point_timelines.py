"""What the next version of a group does to the timelines of its points.

A version is *retroactive* unless it takes effect after the block that registers it. Versions come into force in the
order of their numbers: one that takes effect earlier than another before it is in force from there on, and only lets
points begin earlier.

    new point          begins when the version takes effect, also in the past
    unchanged point    continues; its only definition may begin earlier, as a series of its own
    changed point      begins the next series, for slots to come, at an edge of its slots and of those in force there
    change to come     may be replaced by another one before it has begun, and then never holds
    other terminal     than that of the series in force, and nothing else: the same, at any time to come
    point left out     ends; it may join a group again later
    other calendar     every point begins a new series, for days to come; up to then both agree

A calendar covers every day that the one before covers, so no detour through a narrow one changes a day of before.
So no registration changes what could be proven before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from veriwatt.errors import Corrupted, Refused
from veriwatt.machine.state import View
from veriwatt.machine.terminals import queries
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.calendar_difference import first_difference
from veriwatt.model.points.group import DefinePoints, GroupVersion, definition_digest
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.point_record import MOST_SERIES, PointRecord, PointSeries
from veriwatt.units import DAY, SLOT_MINUTES, UtcMillis
from veriwatt.utc_text import utc_text

MOST_AHEAD = 400 * DAY
"""A version takes effect at most so much after its block: a mistyped year would block its group until then."""


class NotDefinable(Refused):
    """A group version that contradicts the version before."""

    code = "not-definable"

    def __init__(self, org: str, group: str, why: str) -> None:
        super().__init__(f"group {org}/{group}: {why}")
        self.org, self.group, self.why = org, group, why


def next_records(
    tx: Transaction[DefinePoints], view: View, newest: GroupVersion | None
) -> Iterator[tuple[str, PointRecord]]:
    """The changed records of the points of this version and of those that it leaves out; raises NotDefinable."""
    step = _Step(tx, view, newest)
    listed = {definition.id for definition in tx.body.definitions}
    for definition in tx.body.definitions:
        before = queries.point(view, tx.org, definition.id)
        after = step.begun(definition) if before is None else step.continued(definition, before)
        if after != before:
            yield definition.id, after
    if newest is None:
        return
    for left in queries.definitions(view, tx.org, newest.group, newest.n):
        if left.id not in listed:
            record = queries.point(view, tx.org, left.id)
            if record is None:
                raise Corrupted(f"group {tx.org}/{newest.group} lists point {left.id!r}, which the state does not have")
            if record.newest.group == tx.body.group and record.newest.until is None:
                yield left.id, step.ended(left, record)


@dataclass(frozen=True, slots=True)
class _Step:
    """The step from `newest` to the version of a transaction."""

    tx: Transaction[DefinePoints]
    view: View
    newest: GroupVersion | None

    def __post_init__(self) -> None:
        if self.start > self.view.block.time + MOST_AHEAD:
            raise self._bad(
                f"it takes effect at {utc_text(self.start)}, more than {MOST_AHEAD // DAY} days after this block"
            )
        if self.newest is None:
            return
        if not self.calendar.has_days_of(self.newest.calendar):
            raise self._bad("its calendar does not cover all days of the one before")
        differs = first_difference(self.newest.calendar, self.calendar)
        if differs is None:
            return
        if self.retroactive or differs < self.start:
            raise self._bad(f"its calendar differs from the one before from {differs} on; it may only for days to come")
        self._check_order("the calendar differs")

    @property
    def start(self) -> UtcMillis:
        return self.tx.body.effective_from

    @property
    def calendar(self) -> Calendar:
        return self.tx.body.calendar

    @property
    def retroactive(self) -> bool:
        return self.start <= self.view.block.time

    @property
    def other_calendar(self) -> bool:
        return self.newest is not None and first_difference(self.newest.calendar, self.calendar) is not None

    def begun(self, definition: PointDefinition) -> PointRecord:
        """The record of a point that had none."""
        return PointRecord((self._series(definition),))

    def continued(self, definition: PointDefinition, record: PointRecord) -> PointRecord:
        """The record of a point that has one."""
        before = record.newest
        if before.until is not None:
            self._check_order(f"point {definition.id!r} joins")
            if self.retroactive or self.start < before.until:
                raise self._bad(
                    f"point {definition.id!r} ended at {utc_text(before.until)}; it may join again then, or later"
                )
            return self._with(definition.id, record.series, self._series(definition))
        if before.group != self.tx.body.group:
            raise self._bad(f"point {definition.id!r} belongs to group {before.group}")
        if before.definition == definition_digest(definition) and not self.other_calendar:
            first = record.series[0]
            if self.start < first.effective_from and record.one_definition:
                if len(record.series) >= MOST_SERIES:
                    raise self._bad(f"point {definition.id!r} has {MOST_SERIES} series; begin a new point")
                now = self.view.block.time
                earlier = replace(first, effective_from=self.start, until=first.effective_from, registered_at=now)
                return PointRecord((earlier, *record.series))
            return record
        self._check_order(f"point {definition.id!r} changes")
        self._check_to_come(definition.id)
        if self._is_taken_over(record.at(self.start), definition):
            return self._with(definition.id, self._until(definition.id, record), self._series(definition))
        self._check_edge(definition)
        return self._with(definition.id, self._until_edge(definition.id, record), self._series(definition))

    def ended(self, definition: PointDefinition, record: PointRecord) -> PointRecord:
        """The record of a point that the version leaves out."""
        self._check_order(f"point {definition.id!r} ends")
        self._check_to_come(definition.id)
        closed = self._until_edge(definition.id, record)
        if not closed:
            began = utc_text(record.newest.effective_from)
            raise self._bad(f"point {definition.id!r} begins only at {began}; it may be left out later than that")
        return PointRecord(closed)

    def _is_taken_over(self, held: PointSeries | None, definition: PointDefinition) -> bool:
        """Whether the definition differs from the one in force in its terminal alone, so that all slots stay."""
        if held is None or held.group != self.tx.body.group or self.other_calendar:
            return False
        return replace(queries.definition(self.view, held.definition), terminal=definition.terminal) == definition

    def _series(self, definition: PointDefinition) -> PointSeries:
        n = 1 if self.newest is None else self.newest.n + 1
        return PointSeries(self.tx.body.group, n, definition_digest(definition), self.start, None, self.view.block.time)

    def _until(self, point: str, record: PointRecord) -> tuple[PointSeries, ...]:
        """The series up to the version's beginning: one to come that would begin then or later never holds."""
        kept = [each for each in record.series if each.effective_from < self.start]
        if len(kept) < len(record.series) and record.series[len(kept)].effective_from <= self.view.block.time:
            began = utc_text(record.series[len(kept)].effective_from)
            raise self._bad(f"point {point!r} began at {began} as it is; it may change later than that")
        if not kept:
            return ()
        *before, last = kept
        return (*before, replace(last, until=self.start if last.until is None else min(last.until, self.start)))

    def _until_edge(self, point: str, record: PointRecord) -> tuple[PointSeries, ...]:
        """The series up to the version's beginning, which is no time inside a slot of the last of them.

        One that ends there already may end inside a slot: for another terminal, which then never states the point.
        """
        last = next((each for each in reversed(record.series) if each.effective_from < self.start), None)
        if last is not None and (last.until is None or self.start <= last.until):
            if last.group == self.tx.body.group:
                self._check_edge(queries.definition(self.view, last.definition))
            elif last.until != self.start:
                raise self._bad(f"point {point!r} belongs to group {last.group} at {utc_text(self.start)}")
        return self._until(point, record)

    def _with(self, point: str, before: tuple[PointSeries, ...], series: PointSeries) -> PointRecord:
        if len(before) >= MOST_SERIES:
            raise self._bad(f"point {point!r} has {MOST_SERIES} series; begin a new point")
        return PointRecord((*before, series))

    def _check_to_come(self, point: str) -> None:
        if self.retroactive:
            raise self._bad(f"point {point!r} changes at {utc_text(self.start)}, which is not after this block")

    def _check_order(self, what: str) -> None:
        if self.newest is not None and self.start < self.newest.in_force_from:
            before = utc_text(self.newest.in_force_from)
            raise self._bad(f"{what} at {utc_text(self.start)}, and the version before is in force from {before} on")

    def _check_edge(self, definition: PointDefinition) -> None:
        """Raise unless a day begins where the version takes effect, and a slot of the point in its calendars."""
        steps = ("day",) if definition.slot in SLOT_MINUTES else ("day", definition.slot)
        calendars = (self.calendar,) if self.newest is None else (self.newest.calendar, self.calendar)
        if not all(calendar.is_edge(step, self.start) for calendar in calendars for step in steps):
            raise self._bad(
                f"point {definition.id!r} changes at {utc_text(self.start)}, inside one of its slots or days"
            )

    def _bad(self, why: str) -> NotDefinable:
        return NotDefinable(self.tx.org, self.tx.body.group, why)
