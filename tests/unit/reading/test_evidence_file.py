"""Evidence is built in one place and verified in another: only a file that was verified is handed out."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import veriwatt
from veriwatt.reading.evidence.build import evidence_file
from veriwatt.testing.edits import edit_reading
from veriwatt.testing.worlds import SimWorld
from veriwatt.verify.steps import StepFailed

PACKAGE = Path(veriwatt.__file__).parent
BUILDERS = {
    "build_reading_evidence",
    "build_period_evidence",
    "disclose_frames",
    "refresh",
    "prove_claim",
    "cosigned_evidence",
    "led_evidence",
}
MAKE_FALSE_ONES = {"testing/council_story.py", "testing/worlds.py"}
"""For attacks, which a verifier refuses."""

CALLERS = {
    "cli/bench/month.py",
    "cli/evidence.py",
    "node/node_service.py",
    "reading/evidence/led.py",
    "reading/evidence/period_file.py",
    "testing/demo/proofs.py",
}


def test_evidence_that_verifies_is_handed_out_as_it_was_built(tmp_path: Path) -> None:
    world = anchored(tmp_path)
    evidence = world.evidence(0, 3)
    assert evidence_file(evidence) == evidence.to_bytes()


def test_evidence_of_another_reading_than_it_discloses_is_not_handed_out(tmp_path: Path) -> None:
    evidence = anchored(tmp_path).evidence(0, 3)
    slot = replace(evidence.claim.slot, point="meter 1")
    with pytest.raises(StepFailed):
        evidence_file(replace(evidence, claim=replace(evidence.claim, slot=slot)))


def test_a_frame_at_another_position_than_its_own_is_not_handed_out(tmp_path: Path) -> None:
    evidence = anchored(tmp_path).evidence(0, 3)
    (frame,) = evidence.proofs.frames
    with pytest.raises(StepFailed):
        evidence_file(edit_reading(evidence, frame=replace(frame, position=frame.position + 1)))


def test_whoever_builds_evidence_hands_out_the_verified_file() -> None:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if "reading.evidence.build import" in path.read_text() and name not in MAKE_FALSE_ONES:
            found[name] = called_names(path)
    assert set(found) == CALLERS
    for names in found.values():
        handed_out = names.count("evidence_file") + names.count("proven_file")
        assert sum(name in BUILDERS for name in names) == handed_out > 0
        assert "to_bytes" not in names


def called_names(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                names.append(name)
    return names


def anchored(path: Path) -> SimWorld:
    world = SimWorld(path)
    world.day(0)
    world.day(1)
    world.anchor()
    return world
