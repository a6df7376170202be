"""A period that begins in a week which the registered calendar cuts has a verdict, and is not complete."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from veriwatt.model.frames.columns import Column
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import DefinePoints
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.ports.key_agent import Purpose
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE, Interval
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.verdict import Verdict

FRIDAY = (FIRST_DAY + 8 * HOUR) // DAY
MONDAY = FIRST_DAY + 3 * DAY


class Weekly(SimWorld):
    """A point with slots of weeks, whose calendar begins with a Friday."""

    def calendar(self, group: str) -> Calendar:
        if group != "weeks":
            return super().calendar(group)
        return Calendar.of_starts(FRIDAY, FIRST_DAY + np.arange(200) * DAY)

    def key_at(self, group: str, t: int) -> bytes:
        number = self.calendar(group).key_window(KeyWindow.WEEK, t)
        return self.agent.window_key("acme", group, number, Purpose.SEAL)


def test_a_period_with_a_part_of_a_week_before_the_first_one_is_proven_and_cut(tmp_path: Path) -> None:
    world = Weekly(tmp_path)
    point = PointDefinition("w", "electricity", "kWh", Kind.INTERVAL, 0, 1, "week", "+08:00", terminal="t1")
    world.groups["weeks"] = (point,)
    days = world.calendar("weeks")
    world.must(world.owner.sign(DefinePoints("weeks", KeyWindow.WEEK, FIRST_DAY, days, (point,))))
    week = Interval(MONDAY, MONDAY + 7 * DAY)
    world.clock.advance_to(week.end + MINUTE)
    column = Column("w", np.array([week.start]), np.array([week.end]), np.array([1234]), np.ones(1, np.uint8))
    world.append(world.made(week, {"weeks": [column]}))
    world.anchor()
    for start, whole in ((week.start, True), (week.start - DAY, False), (FIRST_DAY, False)):
        raw = world.period("w", Interval(start, week.end), [0]).to_bytes()
        outcome = verification_outcome(raw, world.trust(), world.clock.now())
        assert (outcome.verdict, outcome.failed) == (Verdict.PROVEN, None)
        assert (outcome.facts["value"], outcome.facts["complete"]) == ("1234", whole)
