"""No detour through other versions gives one series of a point two calendars, and so one time two slots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import DefinePoints
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import sim_point
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE, Interval
from veriwatt.verify.claims.period import ProvenPeriod
from veriwatt.verify.period_caveats import slots_not_stated
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.refusals import CalendarsDiffer
from veriwatt.verify.steps import StepFailed

P, Q = (replace(sim_point(point), slot="8h") for point in "pq")
LAST = 300


@pytest.fixture
def world(tmp_path: Path) -> SimWorld:
    return SimWorld(tmp_path, points=1)


def calendar(first: int = -5, last: int = LAST, *, long: tuple[int, ...] = ()) -> Calendar:
    """Days `first` to `last` of the world; each of `long` has 26 hours, and the one after it 22."""
    days = zone_calendar("+08:00", 0)
    at = int(np.searchsorted(days.starts, FIRST_DAY))
    starts = days.starts[at + first : at + last + 1].copy()
    for day in long:
        starts[day - first + 1] += 2 * HOUR
    return Calendar.of_starts(days.first_day + at + first, starts)


def accepted(world: SimWorld, points: Sequence[PointDefinition], days: Calendar, first: int) -> bool:
    """Whether the ledger takes a version of these points and days that takes effect with day `first`."""
    body = DefinePoints("g", KeyWindow.MONTH, FIRST_DAY + first * DAY, days, tuple(points))
    return submit(world.ledger, [world.owner.sign(body)])[0].ok


def test_a_narrow_calendar_in_between_is_refused(world: SimWorld) -> None:
    assert accepted(world, [P], calendar(long=(6,)), 0)
    assert not accepted(world, [P], calendar(30), 30)
    assert not accepted(world, [P], calendar(last=LAST - 1), 30)
    assert accepted(world, [P], calendar(-6, LAST + 1, long=(6,)), 30)


def test_a_calendar_that_agrees_where_the_newest_covers_still_meets_the_first(world: SimWorld) -> None:
    assert accepted(world, [P], calendar(long=(6,)), 0)
    accepted(world, [P], calendar(30), 30)
    assert not accepted(world, [P], calendar(long=(1,)), 30)


def test_a_point_that_sits_a_change_of_calendar_out_is_refused(world: SimWorld) -> None:
    """It leaves and joins on one day far ahead, and in between the days before it change."""
    assert accepted(world, [P, Q], calendar(long=(8,)), 0)
    assert accepted(world, [Q], calendar(long=(8,)), 40)
    assert not accepted(world, [Q], calendar(long=(3,)), 2)
    assert not accepted(world, [P, Q], calendar(long=(3,)), 40)
    assert not accepted(world, [Q], calendar(long=(8, 50)), 39), "it differs only later, but begins before version 2"
    assert accepted(world, [Q], calendar(long=(8, 50)), 40)


class TwoCalendars(SimWorld):
    """Point "day" moves from group "one" to group "two"; each group has its own days."""

    def calendar(self, group: str) -> Calendar:
        first = calendar().day_of(FIRST_DAY)
        if group == "one":
            return calendar()
        if group == "two":
            starts = [FIRST_DAY + k * 26 * HOUR for k in range(12)] + [FIRST_DAY + k * DAY for k in range(13, 200)]
            return Calendar.of_starts(first, np.array(starts, np.int64))
        return super().calendar(group)


def test_a_day_left_out_is_not_hidden_by_the_longer_days_of_another_group(tmp_path: Path) -> None:
    """The twelve days of 26 hours before the move last as long as thirteen: then one of these would not be missed."""
    world = TwoCalendars(tmp_path, points=1)
    point, moves = replace(sim_point("day"), slot="day"), FIRST_DAY + 13 * DAY
    world.groups = {"one": (point, Q)}
    world.must(world.define("one"))
    world.groups = {"one": (Q,), "two": (point,)}
    world.must(world.define("one", moves), world.define("two", moves))
    world.groups["one"] = (point, Q)
    for day in range(15):
        group, window = "one" if day < 13 else "two", world.window(day)
        world.clock.advance_to(window.end + MINUTE)
        world.append(world.made(window, {group: world.group_columns(group, window)}))
    world.anchor()

    def verify(first: int, end: int, left_out: int | None = None) -> ProvenPeriod:
        shown = [day for day in range(first, end) if day != left_out]
        evidence = world.period("day", Interval(world.window(first).start, world.window(end).start), shown)
        found = verify_evidence(evidence.to_bytes(), world.trust(), world.clock.now())
        assert isinstance(found, ProvenPeriod)
        return found

    with pytest.raises(StepFailed) as refused:
        verify(0, 15, left_out=5)
    assert (refused.value.step, type(refused.value.cause)) == (14, CalendarsDiffer)
    assert verify(13, 15).total.complete
    assert slots_not_stated(verify(0, 13, left_out=5).total) == 1


class Changing(SimWorld):
    """Group "g" has the days that its newest version states."""

    days = calendar()

    def calendar(self, group: str) -> Calendar:
        return self.days if group == "g" else super().calendar(group)


def test_a_coming_change_of_days_makes_no_period_unprovable(tmp_path: Path) -> None:
    """Version 2 takes effect on day 5, with other days from day 6 on: what version 1 said of these bears on nothing."""
    world = Changing(tmp_path, points=1)
    world.groups["g"] = (P,)
    for world.days, effective_from in ((calendar(), FIRST_DAY), (calendar(long=(6,)), FIRST_DAY + 5 * DAY)):
        world.must(world.define("g", effective_from))
    for day in range(8):
        world.days = calendar(long=(6,) if day >= 5 else ())
        days = world.days.starts
        first = int(np.searchsorted(days, FIRST_DAY)) + day
        window = Interval(int(days[first]), int(days[first + 1]))
        world.clock.advance_to(window.end + MINUTE)
        world.append(world.made(window, {"g": world.group_columns("g", window)}))
    world.anchor()
    assert [made.header.groups[0].version for made in world.frames] == [1] * 5 + [2] * 3
    for end, slots in ((6, 18), (7, 22), (8, 25)):
        period = Interval(FIRST_DAY, FIRST_DAY + end * DAY + (2 * HOUR if end == 7 else 0))
        evidence = world.period("p", period, range(end))
        found = verify_evidence(evidence.to_bytes(), world.trust(), world.clock.now())
        assert isinstance(found, ProvenPeriod)
        assert (found.total.expected, found.total.complete) == (slots, True)


class LongerDay(SimWorld):
    """Version 2 of group "g", in effect with day 7, gives day 10 two hours more; each frame names the given version."""

    newest = 2

    def calendar(self, group: str) -> Calendar:
        if group != "g":
            return super().calendar(group)
        return calendar() if self.newest == 1 else calendar(long=(10,))

    def version_of(self, group: str, t: int) -> int:
        return self.newest if group == "g" else super().version_of(group, t)

    def state(self, day: int, version: int) -> None:
        self.newest = version
        days = self.calendar("g")
        number = days.day_of(FIRST_DAY + day * DAY + 5 * HOUR)
        window = Interval(days.day_start(number), days.day_start(number + 1))
        starts, ends = days.slots("8h", window)[:2]
        values, codes = np.full(len(starts), 7, np.int64), np.full(len(starts), Status.MEASURED, np.uint8)
        self.clock.advance_to(max(self.clock.now(), window.end + MINUTE))
        self.append(self.made(window, {"g": [Column("p", starts, ends, values, codes)]}))


def test_a_frame_of_before_a_change_of_calendar_that_is_delivered_last_refuses_no_period(tmp_path: Path) -> None:
    world = LongerDay(tmp_path, points=1)
    world.groups["g"] = (replace(P, terminal="t1"),)

    def define(first: int, days: Calendar) -> None:
        body = DefinePoints("g", KeyWindow.DAY, FIRST_DAY + first * DAY, days, world.groups["g"])
        world.must(world.owner.sign(body))

    define(0, calendar())
    for day in range(4):
        world.state(day, 1)
    define(7, calendar(long=(10,)))
    for day, version in ((4, 1), (6, 1), (7, 2), (8, 2), (9, 2), (5, 1)):
        world.state(day, version)
    world.anchor()
    period = Interval(FIRST_DAY + 2 * DAY, FIRST_DAY + 14 * DAY)
    counts = []
    for shown in (range(2, 9), range(2, 10)):
        found = verify_evidence(world.period("p", period, shown).to_bytes(), world.trust(), world.clock.now())
        assert isinstance(found, ProvenPeriod)
        counts.append((found.total.expected, found.total.measured))
    assert counts == [(37, 21), (37, 24)], "day 10 has four slots of eight hours, whichever frame is the last"
