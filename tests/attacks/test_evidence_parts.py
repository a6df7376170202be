"""No part of an evidence file can be exchanged for the same part of another one of the same ledger."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import permutations

import pytest

from tests.attacks.evidence_cases import Court, anchored_days
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.verify.outcome import outcome
from veriwatt.verify.trust_decision import Verdict

PARTS = tuple(field.name for field in fields(Evidence))


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Court:
    return anchored_days(tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="module")
def files(court: Court) -> list[Evidence]:
    """Evidence at several heights: other slots, points, groups, days and anchors, and one slot proven twice."""
    world = court.world

    def at_this_height() -> list[Evidence]:
        office = world.evidence(1, 5, "room 1")
        return [world.evidence(0, 5), world.evidence(0, 6), world.evidence(0, 5, "meter 6"), office]

    early = at_this_height()
    world.day(2)
    world.anchor()
    return [*early, *at_this_height(), world.evidence(2, 5), world.evidence(2, 95, "meter 2")]


def test_every_file_is_proven(court: Court, files: list[Evidence]) -> None:
    assert [court.verify(each).verdict for each in files] == [Verdict.PROVEN] * len(files)


@pytest.mark.parametrize("part", PARTS)
def test_no_part_fits_another_file(court: Court, files: list[Evidence], part: str) -> None:
    genuine = {each.to_bytes() for each in files}
    tried = 0
    for mine, other in permutations(files, 2):
        mixed = replace(mine, **{part: getattr(other, part)}).to_bytes()
        if mixed not in genuine:
            tried += 1
            assert outcome(mixed, court.trust, court.now).verdict is Verdict.REFUSED
    assert tried or part == "chain"


def test_no_two_parts_together_fit_another_file(court: Court, files: list[Evidence]) -> None:
    genuine = {each.to_bytes() for each in files}
    mine = files[0]
    for other in files[1:]:
        for one, two in permutations(PARTS, 2):
            both = {one: getattr(other, one), two: getattr(other, two)}
            mixed = replace(mine, **both).to_bytes()
            if mixed not in genuine:
                assert outcome(mixed, court.trust, court.now).verdict is Verdict.REFUSED, (one, two)
