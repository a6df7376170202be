"""A value that its registered definition rules out is not proven: beyond its bounds or width, or off its step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.attacks.evidence_cases import EvidenceReader, step_that_refuses
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.testing.actors import sim_point
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY, PLANT, SimWorld
from veriwatt.units import DAY, MINUTE
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed

BOUNDED = replace(sim_point("meter 0"), minimum=0, maximum=100, step=10)
WIDE = replace(BOUNDED, kind=Kind.REGISTER, minimum=None, maximum=None, width=1000, step=1)


def stated(folder: Path, definition: PointDefinition, value: int, status: Status = Status.MEASURED) -> SimWorld:
    """A world whose frame of day 0 states this value in slot 41, and values within bounds elsewhere."""
    world = SimWorld(folder, points=1)
    definition = replace(definition, id="bounded")
    world.groups[PLANT] = (*world.groups[PLANT], definition)
    world.must(world.define(PLANT))
    world.clock.advance_to(FIRST_DAY + DAY + MINUTE)
    other, column = world.group_columns(PLANT, world.window(0))
    values, codes = np.full(len(column.values), 50), np.full(len(column.values), Status.MEASURED, np.uint8)
    values[41], codes[41] = value, status
    world.append(world.made(world.window(0), {PLANT: [other, replace(column, values=values, codes=codes)]}))
    world.anchor()
    return world


def ruled_out(world: SimWorld) -> set[int]:
    """The steps at which evidence of the slot and of its day are refused."""
    with pytest.raises(StepFailed) as failed:
        verify_evidence(world.period("bounded", world.window(0), [0]).to_bytes(), world.trust(), world.clock.now())
    return {failed.value.step, step_that_refuses(lambda: world.evidence(0, 41, "bounded"))}


@pytest.mark.parametrize("status", [Status.MEASURED, Status.ESTIMATED, Status.MANUAL])
@pytest.mark.parametrize("value", [-7770, -10, 110, 999_990, 55])
def test_a_value_beyond_its_bounds_or_off_its_step_is_refused(tmp_path: Path, value: int, status: Status) -> None:
    assert ruled_out(stated(tmp_path, BOUNDED, value, status)) == {14}


@pytest.mark.parametrize("value", [-1, 1000, 5000])
def test_a_register_shows_no_value_beyond_its_width(tmp_path: Path, value: int) -> None:
    assert ruled_out(stated(tmp_path, WIDE, value)) == {14}


@pytest.mark.parametrize(("definition", "value"), [(BOUNDED, 0), (BOUNDED, 100), (WIDE, 0), (WIDE, 999)])
def test_a_value_at_its_bounds_is_proven(tmp_path: Path, definition: PointDefinition, value: int) -> None:
    world = stated(tmp_path, definition, value)
    assert EvidenceReader(world).verify(world.evidence(0, 41, "bounded")).slot.value == value


def test_a_gap_needs_no_value_within_bounds(tmp_path: Path) -> None:
    world = stated(tmp_path, replace(BOUNDED, minimum=50), 0, Status.GAP)
    assert EvidenceReader(world).verify(world.evidence(0, 41, "bounded")).value is None


def test_a_withdrawn_value_is_not_proven_by_this_version(tmp_path: Path) -> None:
    """The status has its number, and no meaning yet."""
    assert ruled_out(stated(tmp_path, BOUNDED, 0, Status.WITHDRAWN)) == {14}
