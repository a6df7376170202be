"""Evidence of a period proves the figure on the screen: no choice of frames, leaves or ends makes it another one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.attacks.evidence_cases import codes
from veriwatt.metering.register_falls import ContextInsufficient
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.period_claim import PeriodClaim
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, MINUTE, Interval
from veriwatt.verify.claims.period import ProvenPeriod
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed
from veriwatt.verify.verdict import Verdict

QUARTER = 15 * MINUTE


@pytest.fixture
def world(tmp_path: Path) -> SimWorld:
    return SimWorld(tmp_path)


def proven(world: SimWorld, evidence: Evidence[PeriodClaim] | bytes) -> ProvenPeriod:
    raw = evidence if isinstance(evidence, bytes) else evidence.to_bytes()
    found = verify_evidence(raw, world.trust(), world.clock.now())
    assert isinstance(found, ProvenPeriod)
    assert found.verdict is Verdict.PROVEN
    return found


def refused(world: SimWorld, evidence: Evidence[PeriodClaim]) -> StepFailed:
    with pytest.raises(StepFailed) as failed:
        verify_evidence(evidence.to_bytes(), world.trust(), world.clock.now())
    return failed.value


def test_a_period_of_several_frames_is_their_sum(world: SimWorld) -> None:
    for day in range(3):
        world.day(day)
    world.anchor()
    period = Interval(FIRST_DAY + DAY // 2, FIRST_DAY + 2 * DAY + DAY // 4)
    found = proven(world, world.period("meter 1", period, [0, 1, 2]))
    values = [10_000 + 1000 + 3 * slot for slot in range(48, 2 * 96 + 24)]
    assert (found.total.value, found.value) == (sum(values), str(found.definition.value(sum(values))))
    assert (found.total.expected, found.total.measured, found.total.complete) == (len(values), len(values), True)
    assert "slots-not-stated" not in codes(world, found)


def test_the_later_version_of_a_slot_counts(world: SimWorld) -> None:
    world.day(0)
    columns = world.columns(0)["plant"]
    doubled = [replace(column, values=column.values * 2) for column in columns]
    world.append(world.made(world.window(0), {"plant": doubled}))
    world.anchor()
    both, first = (proven(world, world.period("meter 0", world.window(0), at)) for at in ([0, 1], [0]))
    assert both.total.value == 2 * int(columns[0].values.sum())
    assert first.total.value == int(columns[0].values.sum())


def test_a_frame_left_out_is_said_and_the_figure_is_not_complete(world: SimWorld) -> None:
    for day in range(2):
        world.day(day)
    world.anchor()
    found = proven(world, world.period("meter 0", Interval(FIRST_DAY, FIRST_DAY + 2 * DAY), [1]))
    facts = found.facts()
    assert (facts["expected"], facts["measured"], facts["not_stated"], facts["complete"]) == (192, 96, 96, False)
    assert "slots-not-stated" in codes(world, found)
    assert "missing" not in facts, "a file cannot know which slots are due"


def test_a_leaf_left_out_is_refused(world: SimWorld) -> None:
    world.day(0)
    world.anchor()
    evidence = world.period("meter 0", world.window(0), [0])
    (column,) = evidence.claim.columns
    for leaves in ((), column.leaves * 2):
        claim = replace(evidence.claim, columns=(replace(column, leaves=leaves),))
        assert refused(world, replace(evidence, claim=claim)).step == 13


def test_a_frame_without_a_slot_of_the_period_is_refused(world: SimWorld) -> None:
    for day in range(2):
        world.day(day)
    world.anchor()
    evidence = world.period("meter 0", Interval(FIRST_DAY, FIRST_DAY + 2 * DAY), [0, 1])
    claimed = replace(evidence.claim.claimed, period=world.window(0), context=world.window(0))
    assert refused(world, replace(evidence, claim=replace(evidence.claim, claimed=claimed))).step == 13


def test_a_period_is_at_most_31_days_and_runs_forward(world: SimWorld) -> None:
    world.day(0)
    world.anchor()
    raw = world.period("meter 0", world.window(0), [0]).to_bytes()
    start, end = (int(t).to_bytes(8, "big") for t in (FIRST_DAY, FIRST_DAY + DAY))
    for other in (FIRST_DAY, FIRST_DAY - DAY, FIRST_DAY + 32 * DAY):
        altered = raw.replace(end, int(other).to_bytes(8, "big"))
        assert altered != raw
        assert start in raw
        with pytest.raises(StepFailed) as failed:
            verify_evidence(altered, world.trust(), world.clock.now())
        assert failed.value.step == 1


# Registers


def register(tmp_path: Path, values: list[int | None]) -> SimWorld:
    """A world whose register "main" read these values at the ends of the first slots of day 0, gaps for None."""
    world = SimWorld(tmp_path)
    definition = PointDefinition("main", "electricity", "kWh", Kind.REGISTER, 0, 1, "15m", "+08:00", terminal="t1")
    world.groups["registers"] = (definition,)
    world.must(world.define("registers"))
    window = Interval(FIRST_DAY, FIRST_DAY + len(values) * QUARTER)
    starts = np.arange(window.start, window.end, QUARTER, dtype=np.int64)
    coded = np.array([Status.GAP if v is None else Status.MEASURED for v in values], np.uint8)
    column = Column("main", starts, starts + QUARTER, np.array([v or 0 for v in values], np.int64), coded)
    world.clock.advance_to(window.end + MINUTE)
    world.append(world.made(window, {"registers": [column]}))
    world.anchor()
    return world


def span(first: int, end: int) -> Interval:
    return Interval(FIRST_DAY + first * QUARTER, FIRST_DAY + end * QUARTER)


def figure(world: SimWorld, evidence: Evidence[PeriodClaim]) -> int | str | None:
    """The figure, or the code of what refuses it at step 14."""
    try:
        return proven(world, evidence).total.value
    except StepFailed as failed:
        return failed.cause.code if failed.step == 14 else None


STEADY = list(range(100, 112))


def test_a_registers_figure_is_the_sum_of_its_steps(tmp_path: Path) -> None:
    world = register(tmp_path, [*STEADY, 200, 205, 206, 207, 208, 209])
    found = proven(world, world.period("main", span(12, 14), [0], span(0, 18)))
    assert (found.total.value, found.total.complete) == (94, True)
    assert found.total.steps is not None
    assert not sum(found.total.steps.counts)


def test_ends_on_an_outlier_do_not_pick_a_lower_total(tmp_path: Path) -> None:
    """A dip to 5 at the end of the context would be the reading from which the period counts."""
    world = register(tmp_path, [*STEADY, 5, 113, 114, 115, 116, 117, 118, 119])
    whole = proven(world, world.period("main", span(13, 15), [0], span(0, 20)))
    assert whole.total.value == 114 - 111
    for first in range(1, 14):
        evidence = world.period("main", span(13, 15), [0], span(first, 20))
        assert figure(world, evidence) in {3, ContextInsufficient.code}
    assert isinstance(refused(world, world.period("main", span(13, 15), [0], span(12, 20))).cause, ContextInsufficient)


def test_a_registers_context_without_later_readings_leaves_steps_provisional(tmp_path: Path) -> None:
    world = register(tmp_path, [*STEADY, 200, 205, 206])
    found = proven(world, world.period("main", span(12, 15), [0], span(0, 15)))
    assert "steps-provisional" in codes(world, found)


def test_a_hole_before_the_period_is_an_insufficient_context(world: SimWorld, tmp_path: Path) -> None:
    world = register(tmp_path / "register", [*STEADY, 200, 205, 206, 207, 208, 209])
    evidence = world.period("main", span(12, 14), [0], Interval(FIRST_DAY - DAY, FIRST_DAY + 18 * QUARTER))
    assert isinstance(refused(world, evidence).cause, ContextInsufficient)
