"""An earlier beginning of a point, registered later, unsays no evidence, and hides no step without a word."""

from __future__ import annotations

from collections.abc import Sequence
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


def registered(folder: Path, values: Sequence[int] = range(0, 240, 10)) -> SimWorld:
    """A world whose register "main" begins with day 0 and shows these values, one an hour, in whole days."""
    world = SimWorld(folder, points=1)
    world.groups["registers"] = (METER,)
    world.must(world.define("registers"))
    for day in range(len(values) // 24):
        window = world.window(day)
        starts = np.arange(window.start, window.end, HOUR, dtype=np.int64)
        read = np.array(values[24 * day : 24 * day + 24], np.int64)
        column = Column("main", starts, starts + HOUR, read, np.full(24, Status.MEASURED, np.uint8))
        world.clock.advance_to(window.end + MINUTE)
        world.append(world.made(window, {"registers": [column]}))
    world.anchor()
    return world


def test_an_earlier_beginning_unsays_no_value_of_a_register(tmp_path: Path) -> None:
    """The file has its verdict as of its own height; renewed, it proves the same value."""
    world = registered(tmp_path)
    evidence = world.period("main", MORNING, [0], DAY_0)
    before = proven_period(world, evidence)
    for days in (1, 2):
        world.must(world.define("registers", FIRST_DAY - days * DAY))
        assert proven_period(world, evidence).total == before.total
        assert proven_period(world, refresh(world.ledger, evidence)).value == before.value == "110"


def test_a_dip_at_a_former_beginning_is_no_bound_of_what_a_register_counted(tmp_path: Path) -> None:
    """The first reading is 0, and the second 1,001; what came before is registered later, and may show 1,000."""
    world = registered(tmp_path, [0, *range(1001, 1240)])
    period = Interval(FIRST_DAY + HOUR, FIRST_DAY + DAY)
    evidence = world.period("main", period, range(10), Interval(FIRST_DAY, FIRST_DAY + 10 * DAY))
    before = proven_period(world, evidence).facts()
    assert (before["value"], before["at_least"], before["complete"]) == ("1023", "1023", True)
    world.must(world.define("registers", FIRST_DAY - DAY))
    after = proven_period(world, refresh(world.ledger, evidence)).facts()
    assert (after["value"], after["at_least"], after["complete"]) == ("1023", "19", False)
    assert isinstance(after["steps"], dict)
    assert after["steps"]["not_stated"] == 4


def test_a_context_that_cuts_the_slot_before_a_former_beginning_hides_nothing(tmp_path: Path) -> None:
    world = registered(tmp_path, [0, *range(1001, 1240)])
    period = Interval(FIRST_DAY + HOUR, FIRST_DAY + DAY)
    world.must(world.define("registers", FIRST_DAY - DAY))
    context = Interval(FIRST_DAY - MINUTE, FIRST_DAY + 10 * DAY)
    facts = proven_period(world, world.period("main", period, range(10), context)).facts()
    assert (facts["value"], facts["at_least"], facts["complete"]) == ("1023", "19", False)


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
