"""Random lives of one point: frames in any order of days, corrections, gaps, left-out slots, anchors and other blocks.

What its frames state is on the ledger of a `SimWorld`, and in a readings view as a node projects it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from veriwatt.crypto.hashing import sha256
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.frames.columns import Column, Ints
from veriwatt.model.frames.origin import File
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RecordExchange
from veriwatt.model.points.status import Kind, Status
from veriwatt.readmodel.points import Points, newest_anchor_time
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.testing.worlds import OFFICE, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE, Interval, UtcMillis

GROUP = "own"
FIRST_DAYS = {
    "+08:00": 20_520,
    "UTC": 20_520,
    "Europe/Berlin": 20_531,
    "America/New_York": 20_516,
    "Australia/Lord_Howe": 20_543,
}
"""A day some days before the clocks change in 2026, where they do."""

_KINDS = (*[Kind.REGISTER] * 5, Kind.INTERVAL, Kind.INSTANT)
_SLOTS = ("15m", "1h", "1h", "6h", "8h", "12h", "day")
_ORIGIN = File(sha256(b"life"), "life.csv", sha256(b"mapping"))


class LifeWorld(SimWorld):
    """A world whose group of the point has a calendar of its owner's."""

    def __init__(self, folder: Path, own: Calendar) -> None:
        self._own = own
        super().__init__(folder, origin=_ORIGIN)

    def calendar(self, group: str) -> Calendar:
        return self._own if group == GROUP else super().calendar(group)


class PointLife:
    """One point of org acme over 4 to 40 days, whose first days may come last; everything in the chain is anchored."""

    def __init__(self, folder: Path, rng: Random, anchored: Callable[[PointLife], None] = lambda _: None) -> None:
        """Live it; `anchored` is called after each anchor, when nothing waits for one."""
        self._anchored = anchored
        self.rng, self.definition = rng, _definition(rng)
        self.calendar = _calendar(self.definition, rng)
        self.world, self.view = LifeWorld(folder, self.calendar), ReadingsView(None, "sim")
        self.points = Points(self.world.ledger)
        self.world.groups[GROUP] = (self.definition,)
        self._first = FIRST_DAYS[self.definition.timezone] + rng.randint(-4, 3)
        self._days = rng.choice([rng.randint(4, 12), rng.randint(13, 40)])
        self._shown = rng.randint(0, 900)
        self._faults = {
            Status.ESTIMATED: rng.choice([0, 0, 0.03]),
            Status.MANUAL: rng.choice([0, 0, 0.02]),
            Status.GAP: rng.choice([0, 0.02, 0.2]),
            Status.ABSENT: rng.choice([0, 0, 0.03]),
        }
        self._spikes = rng.choice([0.0, 0.0, 0.02, 0.1])
        self._begins = rng.choice([0, 0, rng.randint(1, 3)])
        self.world.clock.advance_to(self._start(self._begins) + MINUTE)
        self._begin(self._begins)
        self._live()

    @property
    def span(self) -> Interval:
        return Interval(self._start(0), self._start(self._days))

    def periods(self, count: int) -> Iterator[Interval]:
        """Periods of days, of slots, and of any instants."""
        starts, ends = self.calendar.slots(self.definition.slot, self.span)
        for _ in range(count):
            way = self.rng.random()
            if way < 0.6:
                first, end = sorted(self.rng.sample(range(self._days + 1), 2))
                yield Interval(self._start(first), self._start(min(end, first + 31)))
            elif way < 0.85:
                first, last = sorted(self.rng.sample(range(len(starts)), 2))
                end = min(int(ends[last]), int(starts[first]) + 31 * DAY)
                yield Interval(int(starts[first]), end)
            else:
                start = self.rng.randrange(self.span.start, self.span.end - HOUR, MINUTE)
                yield Interval(start, start + self.rng.randrange(HOUR, 5 * DAY, MINUTE))

    def _start(self, day: int) -> UtcMillis:
        return self.calendar.day_start(self._first + day)

    def _begin(self, day: int) -> None:
        self.world.must(self.world.define(GROUP, self._start(day) - self.rng.choice([0, 0, 3]) * DAY))

    def _state_history(self) -> None:
        """The point begins earlier than it did, and some of the days of before are stated."""
        self._begin(-3)
        self._shown = self.rng.randint(0, 900)
        for day in range(self._begins):
            if self.rng.random() < 0.7:
                self._state_day(day)

    def _live(self) -> None:
        world, rng = self.world, self.rng
        for day in range(self._begins, self._days):
            if rng.random() < 0.04:
                continue
            self._state_day(day)
            if rng.random() < 0.12:
                self._correct(rng.randint(self._begins, day))  # a node leaves out slots that are not defined yet
            if rng.random() < 0.8:
                self._anchor()
        if self._begins:
            self._state_history()
        if rng.random() < 0.3:
            self._correct(rng.randrange(self._days))
        if world.anchored < len(world.chain.uploads):
            self._anchor()
        if self.definition.kind is Kind.REGISTER and rng.random() < 0.3:
            at = rng.randrange(self.span.start, self.span.end, HOUR // 2)
            exchange = RecordExchange(self.definition.id, at, rng.randint(0, 900), rng.randint(0, 900), "calibration")
            world.must(world.owner.sign(exchange))
        for _ in range(rng.choice([0, 2])):
            world.clock.advance_to(world.clock.now() + rng.choice([HOUR, DAY, 12 * DAY]))
            world.must(world.define(OFFICE))

    def _anchor(self) -> None:
        world = self.world
        world.anchor()
        with world.ledger.snapshot() as now:
            self.view.mark_anchored("acme", world.anchored, newest_anchor_time(now, "acme"))
        self._anchored(self)

    def _state_day(self, day: int) -> None:
        """A frame of the day, with a value of its meter in each slot that has one."""
        rng, window = self.rng, Interval(self._start(day), self._start(day + 1))
        starts, _ = self.calendar.slots(self.definition.slot, window)
        if self.definition.restart:
            self._shown = 0
        values = [self._next_value() for _ in range(len(starts))]
        faults = (*self._faults, Status.MEASURED)
        shares = (*self._faults.values(), 1 - sum(self._faults.values()))
        codes = np.array(rng.choices(faults, shares, k=len(starts)), np.uint8)
        if not codes.any():
            codes[0] = Status.MEASURED
        self._state(window, codes, np.array(values, np.int64))

    def _correct(self, day: int) -> None:
        """A frame that states one slot of a day anew."""
        rng, window = self.rng, Interval(self._start(day), self._start(day + 1))
        starts, _ = self.calendar.slots(self.definition.slot, window)
        codes, at = np.zeros(len(starts), np.uint8), rng.randrange(len(starts))
        codes[at] = rng.choice((Status.MEASURED, Status.MANUAL, Status.GAP))
        self._state(window, codes, np.full(len(starts), rng.choice((self._shown, rng.randint(0, 900))), np.int64))

    def _next_value(self) -> int:
        """What the meter shows next: an advance, at times a spike, a dip or a lasting fall."""
        rng, d = self.rng, self.definition
        if d.kind is not Kind.REGISTER:
            return rng.randint(0, 100)
        advance = rng.randint(0, 12) * (-1 if d.backward and rng.random() < 0.5 else 1)
        self._shown = max(0, self._shown + advance) % (d.width or 10**9)
        if rng.random() < self._spikes / 3:
            self._shown = max(0, self._shown - rng.randint(1, 500))
        spike = rng.random() < self._spikes
        return (
            rng.choice((0, self._shown + 500, max(0, self._shown - 30))) % (d.width or 10**9) if spike else self._shown
        )

    def _state(self, window: Interval, codes: NDArray[np.uint8], values: Ints) -> None:
        world = self.world
        starts, ends = self.calendar.slots(self.definition.slot, window)
        world.clock.advance_to(max(world.clock.now(), window.end + MINUTE))
        values = np.where((codes == Status.ABSENT) | (codes == Status.GAP), 0, values)
        made = world.made(window, {GROUP: [Column(self.definition.id, starts, ends, values, codes)]})
        world.append(made)
        stated = codes != Status.ABSENT
        column = Column(self.definition.id, starts[stated], ends[stated], values[stated], codes[stated])
        frame = ProjectedFrame("acme", made.position, None, GROUP, None, None)
        self.view.add("acme", [ProjectedGroup(frame, self.definition.timezone, [column])])


def _calendar(definition: PointDefinition, rng: Random) -> Calendar:
    """The calendar of the point's zone, or one that has a day of the life begin an hour earlier or later."""
    zone = zone_calendar(definition.timezone, definition.day_begins)
    if rng.random() < 0.7:
        return zone
    starts = zone.starts.copy()
    starts[FIRST_DAYS[definition.timezone] + rng.randint(0, 20) - zone.first_day] += rng.choice((-HOUR, HOUR))
    return Calendar.of_starts(zone.first_day, starts)


def _definition(rng: Random) -> PointDefinition:
    kind = rng.choice(_KINDS)
    register = kind is Kind.REGISTER
    return PointDefinition(
        "main",
        "electricity",
        "kW" if kind is Kind.INSTANT else "kWh",
        kind,
        0,
        1,
        rng.choice(_SLOTS),
        rng.choice(list(FIRST_DAYS)),
        day_begins=rng.choice([0, 0, 6]),
        width=rng.choice([None, 1000]) if register else None,
        rate=rng.choice([None, 40, 400]) if register else None,
        restart=register and rng.random() < 0.25,
        backward=register and rng.random() < 0.1,
    )
