"""A change of a point's definition that is still to come unsays no evidence of the slots before it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.attacks.evidence_cases import proven_period
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.reading.evidence.build import refresh
from veriwatt.testing.actors import sim_point
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY, SimWorld, redefined
from veriwatt.units import DAY, HOUR, MINUTE, Interval

MONTH = Interval(FIRST_DAY, FIRST_DAY + 28 * DAY)
DAYS = 5
CHANGE = FIRST_DAY + 6 * DAY


def under_way(folder: Path, kind: Kind) -> SimWorld:
    """A world in which the first days of a month are stated and anchored."""
    world = SimWorld(folder, points=1)
    world.groups["hours"] = (replace(sim_point("main", scale=0), kind=kind, slot="1h", terminal="t1"),)
    world.must(world.define("hours"))
    for day in range(DAYS):
        span = Interval(FIRST_DAY + day * DAY, FIRST_DAY + (day + 1) * DAY)
        starts = np.arange(span.start, span.end, HOUR, dtype=np.int64)
        values = 10 * np.arange(24 * day, 24 * (day + 1), dtype=np.int64)
        column = Column("main", starts, starts + HOUR, values, np.full(24, Status.MEASURED, np.uint8))
        world.clock.advance_to(span.end + MINUTE)
        world.append(world.made(span, {"hours": [column]}))
    world.anchor()
    return world


def other_terminal(definition: PointDefinition) -> PointDefinition:
    return replace(definition, terminal="t2")


@pytest.mark.parametrize("kind", [Kind.INTERVAL, Kind.REGISTER])
@pytest.mark.parametrize("change", [other_terminal, redefined], ids=["terminal", "multiplier"])
def test_a_change_to_come_unsays_no_file_of_a_period_under_way(tmp_path: Path, kind: Kind, change: object) -> None:
    assert callable(change)
    world = under_way(tmp_path, kind)
    evidence = world.period("main", MONTH, range(DAYS))
    before = proven_period(world, evidence)
    assert (before.total.measured, before.total.complete) == (24 * DAYS, False)
    world.clock.advance_to(CHANGE - 2 * HOUR)
    world.groups["hours"] = (change(world.groups["hours"][0]),)
    world.must(world.define("hours", CHANGE))
    assert proven_period(world, refresh(world.ledger, evidence)).total == before.total
    assert proven_period(world, world.period("main", MONTH, range(DAYS))).total == before.total
