"""What people and programs are told of validators that misbehaved."""

from __future__ import annotations

import pytest

from tests.machine.council import Council
from veriwatt.cli.explorer_told import alarm_lines, validators_text
from veriwatt.model.governance.proposal import Result
from veriwatt.model.governance.rule_decisions import ChangeValidators, ValidatorPower
from veriwatt.model.ledger.misbehaviour import Misbehaviour, MisbehaviourKind
from veriwatt.model.ledger.validators import Validator, ValidatorSet, address_of
from veriwatt.reading.explorer.misbehaviour import misbehaved_alarm, misbehaved_validators, misbehaviour_json
from veriwatt.testing.actors import START, sim_key, sim_validator
from veriwatt.web.words import LANGUAGES, catalogue, text

NEW, NAMELESS = sim_key("validator new").public, sim_validator(2).public


@pytest.fixture
def council() -> Council:
    """The validator that a proposed misbehaved twice, one of the genesis once."""
    council = Council("abc")
    assert council.decide(ChangeValidators((ValidatorPower(NEW, 7),))) is Result.ENACTED
    told = [
        Misbehaviour(kind, address_of(key.raw), 7, 11, height, START)
        for kind, key, height in (
            (MisbehaviourKind.DUPLICATE_VOTE, NEW, 5),
            (MisbehaviourKind.LIGHT_CLIENT_ATTACK, NEW, 5),
            (MisbehaviourKind.DUPLICATE_VOTE, NAMELESS, 6),
        )
    ]
    council.chain.block(misbehaviour=told)
    return council


def test_all_that_is_recorded_is_told_with_org_and_key(council: Council) -> None:
    told = misbehaviour_json(council.chain.rows)
    assert {(each["address"], each["kind"], each["org"], each["public_key"]) for each in told} == {
        (address_of(NEW.raw).hex(), "duplicate-vote", "a", NEW.raw.hex()),
        (address_of(NEW.raw).hex(), "light-client-attack", "a", NEW.raw.hex()),
        (address_of(NAMELESS.raw).hex(), "duplicate-vote", "", NAMELESS.raw.hex()),
    }
    assert {each["recorded_height"] for each in told} == {council.chain.height}
    lines = validators_text({"validators": [], "total_power": 11, "misbehaviour": told}).splitlines()
    assert len(lines) == 3
    assert sum(f"a key {NEW.raw.hex()}, with power 7 of 11 at block 5 " in line for line in lines) == 2


def test_the_alarm_names_those_that_have_power_and_ends_when_they_are_out(council: Council) -> None:
    rows = council.chain.rows
    present = ValidatorSet.of(Validator.of(NEW.raw, 7), Validator.of(sim_validator(0).public.raw, 4)).validators
    found = misbehaved_validators(rows, present)
    alarm = misbehaved_alarm(found, 11)
    names = f"a {address_of(NEW.raw).hex()[:10]}"
    values = {"count": 1, "power": 7, "total": 11, "names": names}
    assert alarm == {"code": "validator-misbehaved", "values": values}
    assert names in alarm_lines([alarm])[0]
    for language in LANGUAGES:
        assert names in text(catalogue(language), "alarm.validator-misbehaved", **values)
    assert misbehaved_validators(rows, [each for each in present if each.public_key != NEW.raw]) == []
