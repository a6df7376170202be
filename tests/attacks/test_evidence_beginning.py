"""An earlier beginning of a point, registered later, unsays no evidence, and hides no step without a word."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.attacks.evidence_cases import codes, proven_period
from veriwatt.metering.register_falls import ContextInsufficient
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.status import Kind, Status
from veriwatt.reading.evidence.build import refresh
from veriwatt.testing.actors import sim_point
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE, Interval
from veriwatt.verify.steps import StepFailed

METER = replace(sim_point("main", scale=0), kind=Kind.REGISTER, slot="1h")
DAY_0 = Interval(FIRST_DAY, FIRST_DAY + DAY)
MORNING = Interval(FIRST_DAY + HOUR, FIRST_DAY + 12 * HOUR)


def registered(folder: Path) -> SimWorld:
    """A world whose register "main" begins with day 0 and advances by 10 an hour."""
    world = SimWorld(folder, points=1)
    world.groups["registers"] = (METER,)
    world.must(world.define("registers"))
    starts = np.arange(DAY_0.start, DAY_0.end, HOUR, dtype=np.int64)
    codes = np.full(24, Status.MEASURED, np.uint8)
    column = Column("main", starts, starts + HOUR, 10 * np.arange(24, dtype=np.int64), codes)
    world.clock.advance_to(DAY_0.end + MINUTE)
    world.append(world.made(DAY_0, {"registers": [column]}))
    world.anchor()
    return world


def test_an_earlier_beginning_unsays_no_evidence_of_a_register(tmp_path: Path) -> None:
    world = registered(tmp_path)
    evidence = world.period("main", MORNING, [0], DAY_0)
    before = proven_period(world, evidence)
    for days in (1, 2):
        world.must(world.define("registers", FIRST_DAY - days * DAY))
        assert proven_period(world, evidence).total == before.total
        assert proven_period(world, refresh(world.ledger, evidence)).total == before.total


def test_a_context_that_begins_at_a_former_beginning_says_so(tmp_path: Path) -> None:
    world = registered(tmp_path)
    evidence = world.period("main", MORNING, [0], DAY_0)
    assert "earlier-beginning" not in codes(world, proven_period(world, evidence))
    world.must(world.define("registers", FIRST_DAY - DAY))
    assert "earlier-beginning" in codes(world, proven_period(world, refresh(world.ledger, evidence)))


LONG = Interval(FIRST_DAY - 2 * DAY, FIRST_DAY + 12 * HOUR)


def test_an_earlier_beginning_within_the_period_unsays_no_evidence(tmp_path: Path) -> None:
    """No slot before the former beginning was stated, and none is shown; the first steps are in doubt from then on."""
    world = registered(tmp_path)
    evidence = world.period("main", LONG, [0], Interval(LONG.start, DAY_0.end))
    before = proven_period(world, evidence)
    assert (before.value, before.total.complete) == ("110", False)
    for days in (1, 5):
        world.must(world.define("registers", FIRST_DAY - days * DAY))
        after = proven_period(world, refresh(world.ledger, evidence))
        assert (after.value, after.total.complete) == ("110", False)
        assert "earlier-beginning" in codes(world, after)
        steps = after.facts()["steps"]
        assert isinstance(steps, dict)
        assert steps["not_stated"] > 0


def test_a_file_that_states_a_slot_before_the_former_beginning_does_not_begin_there(tmp_path: Path) -> None:
    """The frame with the reading before the dip is left out, an earlier one is shown."""
    world = registered(tmp_path)
    world.must(world.define("registers", FIRST_DAY - 3 * DAY))
    early = Interval(FIRST_DAY - DAY, FIRST_DAY)
    starts = np.arange(early.start, early.end, HOUR, dtype=np.int64)
    column = Column("main", starts, starts + HOUR, np.arange(-24, 0) + 30, np.full(24, Status.MEASURED, np.uint8))
    world.append(world.made(early, {"registers": [column]}))
    world.anchor()
    evidence = world.period("main", LONG, [0, 1], Interval(LONG.start, DAY_0.end))
    with pytest.raises(StepFailed) as failed:
        proven_period(world, evidence)
    assert isinstance(failed.value.cause, ContextInsufficient)
