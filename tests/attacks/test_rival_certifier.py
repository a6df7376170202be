"""Another org that certifies, too, changes nothing that was certified before it, and hides behind nobody stronger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.attacks.test_confirmed_steps import DAYS, STEP, WHOLE
from tests.attacks.test_register_periods import hours, proven, register
from veriwatt.model.evidence.evidence import Claim, Evidence
from veriwatt.model.points.register_record import ConfirmStep
from veriwatt.ports.ledger import submit
from veriwatt.reading.evidence.build import refresh
from veriwatt.testing.actors import START
from veriwatt.testing.certifiers import admitted_certifier
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE
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


def test_an_interval_is_certified_only_where_all_of_its_time_is(world: SimWorld) -> None:
    """An amount is counted from its slot's start to its end; a slot of a month has room for weeks without anyone."""
    within = world.slot_start(0, 20) + MINUTE
    world.must(
        world.inspector.certify(world.terminal, BEFORE, within),
        world.inspector.certify(world.terminal, within + MINUTE, LATER),
    )
    anchored_day(world)
    assert [reading(world, slot)["certified_by"] for slot in (19, 20, 21)] == ["metro", None, "metro"]
    world.must(world.owner.certify(world.terminal, within, within + MINUTE))
    assert [reading(world, slot)["certified_by"] for slot in (19, 20, 21)] == ["metro", "acme", "metro"]


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


def test_no_org_fills_the_certifications_of_a_terminal_for_another(world: SimWorld) -> None:
    rival = admitted_certifier(world, "rival", world.city)
    assert _until_refused(world, lambda n: rival.certify(world.terminal, START + n, LATER)) == "not-certifiable"
    world.must(
        world.inspector.certify(world.terminal, BEFORE, LATER), world.owner.certify(world.terminal, BEFORE, LATER)
    )


def test_no_org_fills_the_confirmations_of_a_register_for_another(tmp_path: Path) -> None:
    """The rival confirms as many steps as it may, among them the one that another org confirms later."""
    world = register(tmp_path, *DAYS, rate=10)
    rival = admitted_certifier(world, "rival", world.city)
    world.must(rival.sign(ConfirmStep("acme", "main", STEP)))
    confirmed = [ConfirmStep("acme", "main", STEP._replace(before=n)) for n in range(300)]
    assert _until_refused(world, lambda n: rival.sign(confirmed[n])) == "not-recordable"
    world.must(world.inspector.sign(ConfirmStep("acme", "main", STEP)))
    world.must(world.inspector.sign(ConfirmStep("acme", "main", STEP._replace(before=9))))


@pytest.mark.parametrize(
    ("orgs", "named"), [(("creature", "first", "second"), "first"), (("second", "first"), "second")]
)
def test_of_several_confirmations_of_a_step_the_strongest_is_named_of_equals_the_first(
    tmp_path: Path, orgs: tuple[str, ...], named: str
) -> None:
    world = register(tmp_path, *DAYS, rate=10)
    admitting = {"creature": world.owner, "first": world.city, "second": world.city}
    for org in orgs:
        world.must(admitted_certifier(world, org, admitting[org]).sign(ConfirmStep("acme", "main", STEP)))
    found = proven(world, hours(24, 48), list(range(12)), WHOLE)
    caveats = found.caveats(world.trust(), world.clock.now())
    assert [each.values["org"] for each in caveats if each.code == "step-confirmed"] == [named]
    assert "admitted-by-owner" not in {each.code for each in caveats}
    assert (found.facts()["confirmed_by"], found.facts()["certified_by"]) == (named, "metro")


def _until_refused(world: SimWorld, transaction: Callable[[int], bytes]) -> str:
    """The code of the first refusal of these transactions, one for each number from 0 on."""
    results = (submit(world.ledger, [transaction(n)])[0] for n in range(300))
    return next(result.code for result in results if not result.ok)


def _codes(outcome: VerificationOutcome) -> set[str]:
    return {caveat.code for caveat in outcome.caveats}
