"""Evidence says by what authority another org certified, and what the terminal's org answered to a report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.model.members.org_role import Authority, Basis
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.verify.caveats import authority_caveats
from veriwatt.verify.outcome import VerificationOutcome, verification_outcome

MAJORITY, SINGLE = Basis.INDEPENDENT_MAJORITY, Basis.SINGLE_FOUNDER


@pytest.mark.parametrize(
    ("authority", "codes"),
    [
        (Authority("city", ("acme", "bolt"), MAJORITY), []),
        (Authority("city", ("bolt",), MAJORITY), []),
        (Authority("acme", ("bolt",), MAJORITY), ["admitted-by-owner"]),
        (Authority(None, ("acme",), MAJORITY), ["granted-by-owner"]),
        (Authority("city", ("city",), SINGLE), ["single-founder"]),
        (Authority("acme", ("acme",), SINGLE), ["single-founder", "admitted-by-owner"]),
    ],
)
def test_a_role_without_an_independent_majority_or_with_the_owners_help_is_a_caveat(
    authority: Authority, codes: list[str]
) -> None:
    assert [caveat.code for caveat in authority_caveats("metro", authority, "acme")] == codes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimWorld]:
    made = SimWorld(tmp_path)
    made.day(0)
    made.anchor()
    yield made
    made.close()


def outcome(world: SimWorld) -> VerificationOutcome:
    return verification_outcome(world.evidence(0, 41).to_bytes(), world.trust(), world.clock.now())


def test_another_number_that_the_terminal_signed_twice_is_one_line(world: SimWorld) -> None:
    one = world.made(world.window(1), world.columns(1)).upload
    world.clock.advance_to(world.clock.now() + 1)
    other = world.made(world.window(1), world.columns(1)).upload
    world.must(world.city.report_equivocation(world.terminal, one, other))
    (line,) = [caveat.text for caveat in outcome(world).caveats if caveat.code == "contradicted-elsewhere"]
    assert line == "the terminal signed two different frames under 1 other number"


def test_the_facts_name_who_granted_the_certifiers_role(world: SimWorld) -> None:
    facts = outcome(world).facts["certifier"]
    assert facts == {"admitted_by": "", "granted_by": "acme, city", "basis": "independent-majority"}


def test_a_report_and_the_orgs_answer_are_shown_with_the_reading(world: SimWorld) -> None:
    world.must(world.inspector.report_compromised(world.terminal, FIRST_DAY))
    assert [caveat.code for caveat in outcome(world).caveats if caveat.code in ("compromised", "answered")] == [
        "compromised"
    ]
    world.must(world.owner.answer(world.terminal, "the key never left its device"))
    (answered,) = [caveat for caveat in outcome(world).caveats if caveat.code == "answered"]
    assert answered.text.startswith("acme answered the report at 2026-01-")
    assert answered.text.endswith(": the key never left its device")
