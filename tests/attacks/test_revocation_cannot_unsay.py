"""A revocation binds what is anchored after it; nobody makes evidence refused that was anchored before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.evidence_cases import proven_reading
from veriwatt.ids import FrameId
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.testing.worlds import SimWorld
from veriwatt.verify.claims.reading import ProvenReading
from veriwatt.verify.verdict import Verdict


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimWorld]:
    """Days 0 and 1 in frames (1, 1) and (1, 2), both anchored."""
    made = SimWorld(tmp_path)
    made.day(0)
    made.day(1)
    made.anchor()
    yield made
    made.close()


def proven(world: SimWorld, day: int) -> ProvenReading:
    reading = proven_reading(world.evidence(day, 41).to_bytes(), world.trust(), world.clock.now())
    assert reading.verdict is Verdict.PROVEN
    return reading


@pytest.mark.parametrize(
    "last",
    [
        None,
        FrameRef("t1", FrameNumber(0, 1), FrameId(bytes(32))),
        FrameRef("t1", FrameNumber(1, 1), FrameId(bytes(32))),
    ],
    ids=["no frame", "a number below all", "the first number with another id"],
)
def test_an_org_cannot_make_its_anchored_evidence_refused_by_retiring_its_terminal(
    world: SimWorld, last: FrameRef | None
) -> None:
    world.must(world.owner.retire(world.terminal, last))
    for day in (0, 1):
        proven(world, day)


def test_a_retirement_naming_the_first_frame_leaves_the_second_proven(world: SimWorld) -> None:
    world.must(world.owner.retire(world.terminal, parse_frame(world.frames[0].upload).ref))
    proven(world, 1)
