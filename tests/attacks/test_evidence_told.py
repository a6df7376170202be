"""What evidence tells of its frame's number, its certification and its point, and what else it may not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.evidence_cases import EvidenceReader
from veriwatt.model.evidence.disclosure import DefinitionPart
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.points.status import Direction
from veriwatt.model.terminals.contradiction import ReportEquivocation, SignedHeader, VoidNumber
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY, PLANT, Made, SimWorld
from veriwatt.units import DAY, MINUTE
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed


def twin(world: SimWorld, day: int) -> Made:
    """Another frame with the number of the world's first."""
    frames, world.frames = world.frames, []
    other = world.made(world.window(day), {PLANT: world.group_columns(PLANT, world.window(day))})
    world.frames = frames
    return other


def told(world: SimWorld, position: int = 0, day: int = 0) -> dict[str, str]:
    """The caveats of a slot's evidence, by code."""
    reading = EvidenceReader(world).verify(world.evidence(day, 41, position=position))
    return {caveat.code: caveat.text for caveat in reading.caveats(world.trust(), world.clock.now())}


def signed(made: Made) -> SignedHeader:
    return SignedHeader.of(parse_frame(made.upload).envelope)


def test_a_twin_that_was_voided_contradicts_the_frame_that_was_anchored(tmp_path: Path) -> None:
    world = SimWorld(tmp_path, points=1)
    world.day(0)
    other = signed(twin(world, 0))
    world.anchor()
    world.must(world.owner.sign(VoidNumber("t1", other, "refused for good")))
    said = told(world)
    assert other.frame_id.hex()[:16] in said["contradicted"]
    assert "version-as-stated" not in said


def test_of_two_frames_of_one_number_that_were_anchored_each_names_the_other(tmp_path: Path) -> None:
    world = SimWorld(tmp_path, points=1)
    first = world.day(0)
    other = replace(twin(world, 0), position=1)
    world.append(other)
    world.anchor()
    both = [signed(each) for each in (first, other)]
    world.must(world.owner.sign(ReportEquivocation("acme", "t1", *both)))
    for position, contradicting in enumerate(reversed(both)):
        said = told(world, position)["contradicted"]
        assert contradicting.frame_id.hex()[:16] in said
        assert "not anchored" not in said


def test_a_certification_that_was_registered_after_the_reading_says_so(tmp_path: Path) -> None:
    world = SimWorld(tmp_path, certifier="")
    world.day(0)
    world.anchor()
    world.must(world.inspector.certify(world.terminal, FIRST_DAY - DAY, FIRST_DAY + 30 * DAY))
    assert "certified-afterwards" in told(world)
    world.day(1)
    world.anchor()
    assert "certified-afterwards" not in told(world, 1, 1)


def test_the_direction_of_a_point_is_a_fact(tmp_path: Path) -> None:
    world = SimWorld(tmp_path)
    exported = replace(world.groups[PLANT][0], id="exported", direction=Direction.EXPORT)
    world.groups[PLANT] = (*world.groups[PLANT], exported)
    world.must(world.define(PLANT))
    world.day(0)
    world.anchor()
    evidence = world.evidence(0, 41, "exported"), world.period("exported", world.window(0), [0])
    for each in evidence:
        proven = verify_evidence(each.to_bytes(), world.trust(), world.clock.now())
        assert proven.facts()["direction"] == "export"


@pytest.mark.parametrize("own", [True, False])
def test_a_file_of_a_period_shows_no_definition_that_its_context_does_not_have(tmp_path: Path, own: bool) -> None:
    """Else there were many files of one claim."""
    world = SimWorld(tmp_path)
    world.day(0)
    world.anchor()
    evidence = world.period("meter 0", world.window(0), [0])
    (shown,) = evidence.claim.definitions
    decoy = DefinitionPart(shown.definition if own else replace(shown.definition, scale=3), ())
    claim = replace(evidence.claim, definitions=(decoy, shown))
    world.clock.advance_to(world.clock.now() + MINUTE)
    with pytest.raises(StepFailed) as failed:
        verify_evidence(replace(evidence, claim=claim).to_bytes(), world.trust(), world.clock.now())
    assert failed.value.step == 14
