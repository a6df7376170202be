"""Who of those that sign could deceive a reader: by power, by org, and by the trust file's word alone."""

from __future__ import annotations

from veriwatt.model.evidence.trust_file import Trust, parse_trust, render
from veriwatt.model.ledger.block import ValidatorSet
from veriwatt.testing.council import power_set, trusted_set
from veriwatt.verify.cosigned import NOT_COSIGNED, Cosigners
from veriwatt.verify.finality import finality_caveats
from veriwatt.verify.verdict import NO_TRUST, TrustDecision, Verdict

FOUR = power_set(1, 1, 1, 1)


def told(
    trust: Trust | None,
    *sets: ValidatorSet,
    parties: tuple[str, ...] = ("acme",),
    cosigners: Cosigners = NOT_COSIGNED,
    verdict: Verdict = Verdict.PROVEN,
) -> dict[str, dict[str, str | int]]:
    decision = TrustDecision(verdict, None if verdict is Verdict.PROVEN else NO_TRUST, sets)
    return {each.code: dict(each.values) for each in finality_caveats(decision, cosigners, trust, parties)}


def test_four_orgs_with_a_validator_each_are_told_and_nothing_else() -> None:
    trust = trusted_set(FOUR, "acme", "city", "metro", "west")
    assert told(trust, FOUR, FOUR) == {"bft": {"validators": 4, "orgs": "acme, city, metro, west"}}


def test_an_owner_of_two_of_four_is_named() -> None:
    trust = trusted_set(FOUR, "acme", "acme", "metro", "west")
    assert told(trust, FOUR)["power-of-org"] == {"org": "acme", "power": 2, "total": 4}


def test_exactly_a_third_is_enough() -> None:
    three = power_set(1, 1, 1)
    trust = trusted_set(three, "acme", "metro", "west")
    found = [
        each.values["org"]
        for each in finality_caveats(TrustDecision(Verdict.PROVEN, None, (three,)), NOT_COSIGNED, trust, ())
        if each.code == "power-of-org"
    ]
    assert found == ["acme", "metro", "west"]


def test_an_owner_and_its_certifier_are_added_up() -> None:
    trust = trusted_set(FOUR, "acme", "city", "metro", "west")
    found = told(trust, FOUR, parties=("acme", "metro"))
    assert found["power-of-parties"] == {"orgs": "acme and metro", "power": 2, "total": 4}
    assert "power-of-parties" not in told(trust, FOUR, parties=("acme", "nobody"))


def test_a_set_on_the_way_counts_as_much_as_the_last_one() -> None:
    """The owner had half of the power once: enough to lead from there to whatever it likes."""
    half = power_set(1, 1)
    trust = trusted_set(FOUR, "acme", "city", "metro", "west")
    assert half.validators[0].public_key in {each.public_key for each in FOUR.validators}
    assert "power-of-org" in told(trust, FOUR, half, FOUR)


def test_validators_that_the_trust_file_does_not_name_may_be_anybodys() -> None:
    """Whatever a later block's own state says of them."""
    trust = trusted_set(FOUR, "acme", "city", "metro", "west")
    later = power_set(1, 1, 1, 1, 3)
    assert told(trust, FOUR, later)["power-unnamed"] == {"power": 3, "total": 7}
    assert told(trusted_set(FOUR), FOUR)["power-unnamed"] == {"power": 4, "total": 4}


def test_a_witness_of_another_org_makes_up_for_it_and_a_partys_own_does_not() -> None:
    trust = trusted_set(FOUR, "acme", "acme", "metro", "west")
    by = {org: Cosigners(((f"{org}/w", org, 0),)) for org in ("lab", "acme", "metro")}
    assert set(told(trust, FOUR, cosigners=by["lab"])) == {"bft"}
    assert "power-of-org" in told(trust, FOUR, cosigners=by["acme"])
    apart = trusted_set(FOUR, "acme", "city", "metro", "west")
    assert "power-of-parties" in told(apart, FOUR, parties=("acme", "metro"), cosigners=by["metro"])


def test_nothing_is_said_of_what_is_not_proven_nor_of_a_single_signer() -> None:
    assert told(None, FOUR, verdict=Verdict.CONSISTENT) == {}
    assert told(trusted_set(FOUR, "acme", "acme", "acme", "acme"), verdict=Verdict.CONSISTENT) == {}
    one = power_set(1)
    assert told(trusted_set(one, "acme"), one, one) == {}


def test_a_trust_file_with_orgs_has_one_rendering() -> None:
    trust = trusted_set(FOUR, "acme", "", "metro", "west")
    assert parse_trust(render(trust)) == trust
    assert trust.operator == "4 validators"
    named = trusted_set(FOUR, "acme", "city", "metro", "acme")
    assert named.operator == "4 validators of acme, city, metro"
    assert parse_trust(render(named)) == named
