"""Another org that certifies, too, changes nothing that was certified before it, and hides behind nobody stronger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.model.evidence.evidence import Claim, Evidence
from veriwatt.reading.evidence.build import refresh
from veriwatt.testing.actors import START
from veriwatt.testing.certifiers import admitted_certifier
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, HOUR
from veriwatt.verify.outcome import VerificationOutcome, verification_outcome

BEFORE, LATER = FIRST_DAY - DAY, FIRST_DAY + 900 * DAY
MORNING = FIRST_DAY + 8 * HOUR


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimWorld]:
    """A world whose terminal is not certified yet."""
    made = SimWorld(tmp_path, certifier="")
    yield made
    made.close()


def told(world: SimWorld, evidence: Evidence[Claim]) -> VerificationOutcome:
    outcome = verification_outcome(evidence.to_bytes(), world.trust(), world.clock.now())
    assert outcome.facts, outcome
    return outcome


def reading(world: SimWorld, slot: int = 20) -> dict[str, object]:
    """The facts of a slot's reading of day 0."""
    return told(world, world.evidence(0, slot)).facts


def period(world: SimWorld) -> dict[str, object]:
    """The facts of day 0 as a period."""
    return told(world, world.period("meter 0", world.window(0), [0])).facts


def anchored_day(world: SimWorld) -> None:
    world.day(0)
    world.anchor()


def test_who_certified_a_reading_is_not_changed_by_who_certifies_its_time_later(world: SimWorld) -> None:
    one, other = (admitted_certifier(world, org, world.city) for org in ("first", "second"))
    world.must(one.certify(world.terminal, BEFORE, LATER))
    anchored_day(world)
    evidence, whole = world.evidence(0, 20), world.period("meter 0", world.window(0), [0])
    before = [told(world, each) for each in (evidence, whole)]
    world.must(other.certify(world.terminal, START, LATER + DAY), one.certify(world.terminal, START, LATER + DAY))
    after = [told(world, refresh(world.ledger, each)) for each in (evidence, whole)]
    assert [each.facts["certified_by"] for each in (*before, *after)] == ["first"] * 4
    assert [_codes(each) for each in after] == [_codes(each) for each in before]


def test_a_later_certification_by_a_stronger_org_is_named_with_its_date(world: SimWorld) -> None:
    weak = admitted_certifier(world, "creature", world.owner)
    world.must(weak.certify(world.terminal, BEFORE, LATER))
    anchored_day(world)
    world.must(world.inspector.certify(world.terminal, BEFORE, LATER))
    outcome = told(world, world.evidence(0, 20))
    assert outcome.facts["certified_by"] == "metro"
    assert {"certified-afterwards"} <= _codes(outcome)


def test_the_time_after_the_first_certification_is_the_next_orgs(world: SimWorld) -> None:
    one, other = (admitted_certifier(world, org, world.city) for org in ("first", "second"))
    world.must(one.certify(world.terminal, BEFORE, MORNING), other.certify(world.terminal, START, LATER))
    anchored_day(world)
    assert [reading(world, slot)["certified_by"] for slot in (20, 31, 32, 40)] == [
        "first",
        "second",
        "second",
        "second",
    ]


@pytest.mark.parametrize("creature_first", [True, False])
def test_a_creature_of_the_owner_hides_behind_no_founder(world: SimWorld, creature_first: bool) -> None:
    """A reading and a day that rest on two orgs' certifications name the one that the owner admitted."""
    creature, metro = admitted_certifier(world, "creature", world.owner), world.inspector
    one, other = (creature, metro) if creature_first else (metro, creature)
    world.must(one.certify(world.terminal, BEFORE, MORNING), other.certify(world.terminal, MORNING, LATER))
    anchored_day(world)
    at_eight = told(world, world.evidence(0, 31))
    whole = told(world, world.period("meter 0", world.window(0), [0]))
    for outcome in (at_eight, whole):
        assert outcome.facts["certified_by"] == "creature"
        assert outcome.facts["certifier"] == {
            "admitted_by": "acme",
            "granted_by": "metro, city",
            "basis": "independent-majority",
        }
        assert {"admitted-by-owner"} <= _codes(outcome)


def test_a_day_of_which_one_frame_is_certified_by_its_own_org_alone_names_that_org(world: SimWorld) -> None:
    world.must(
        world.inspector.certify(world.terminal, BEFORE, MORNING), world.owner.certify(world.terminal, BEFORE, LATER)
    )
    anchored_day(world)
    assert (period(world)["certified_by"], period(world)["certifier"]) == ("acme", None)


def test_a_day_that_is_not_certified_from_end_to_end_is_certified_by_nobody(world: SimWorld) -> None:
    world.must(
        world.inspector.certify(world.terminal, BEFORE, MORNING),
        world.inspector.certify(world.terminal, MORNING + 1, LATER),
    )
    anchored_day(world)
    assert (period(world)["certified_by"], reading(world, 20)["certified_by"]) == (None, "metro")


def test_a_certification_registered_after_the_anchor_hides_no_end_before_it(world: SimWorld) -> None:
    """The frame came days after the certification had ended; another that is given for those days unsays nothing."""
    rival = admitted_certifier(world, "rival", world.city)
    world.must(rival.certify(world.terminal, BEFORE, FIRST_DAY + DAY + HOUR))
    world.day(0)
    world.clock.advance_to(FIRST_DAY + 20 * DAY)
    world.anchor()
    evidence = world.evidence(0, 20)
    world.must(
        rival.certify(world.terminal, START, LATER), world.inspector.certify(world.terminal, FIRST_DAY + DAY, LATER)
    )
    for each in (evidence, refresh(world.ledger, evidence)):
        assert {"anchored-after-certification"} <= _codes(told(world, each))


def _codes(outcome: VerificationOutcome) -> set[str]:
    return {caveat.code for caveat in outcome.caveats}
