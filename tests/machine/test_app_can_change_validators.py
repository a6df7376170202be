"""Validators change by votes; the machine tells the engine the differences of a whole block."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.machine.council import Council
from veriwatt.crypto.signing import PublicKey
from veriwatt.errors import Malformed
from veriwatt.ledger.open_ledger import create_ledger
from veriwatt.machine.app import execute_block
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.governance import queries
from veriwatt.machine.key_registry import validator_org
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.refusals import ValidatorsFixed
from veriwatt.machine.state import BlockContext
from veriwatt.model.governance.parameters import CONSORTIUM
from veriwatt.model.governance.proposal import Result
from veriwatt.model.governance.rule_decisions import ChangeValidators, ValidatorPower
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.validators import MAX_TOTAL_POWER
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import START, SimMember, sim_genesis, sim_key, sim_validator
from veriwatt.testing.clocks import SimClock

NEW, ELSE = sim_key("validator new").public, sim_key("validator else").public


def change(*powers: tuple[PublicKey, int]) -> ChangeValidators:
    return ChangeValidators(tuple(ValidatorPower(key, power) for key, power in sorted(powers, key=lambda p: p[0].raw)))


def present(council: Council) -> dict[PublicKey, int]:
    found = queries.validators(council.chain.rows)
    assert found is not None
    return {each.key: each.power for each in found}


def test_a_validator_comes_another_goes_and_a_third_gets_another_power() -> None:
    council, old = Council("abcd"), [sim_validator(at).public for at in range(4)]
    assert present(council) == dict.fromkeys(old, 1)
    assert council.decide(change((NEW, 5), (old[0], 0), (old[1], 3))) is Result.ENACTED
    assert present(council) == {old[1]: 3, old[2]: 1, old[3]: 1, NEW: 5}
    assert council.decide(change((old[0], 1))) is Result.ENACTED
    assert old[0] in present(council)


def test_a_validator_is_for_ever_of_the_org_that_proposed_it_or_that_the_genesis_names() -> None:
    """An owner that brings validators of its own cannot have them called another org's."""
    council = Council("abcd")
    assert council.decide(change((NEW, 5))) is Result.ENACTED  # by a
    council.propose("b", change((NEW, 6), (ELSE, 1)))
    for org in "cd":
        council.vote(org)
    rows = council.chain.rows
    assert present(council)[NEW] == 6
    assert (validator_org(rows, NEW), validator_org(rows, ELSE)) == ("a", "b")
    assert validator_org(rows, sim_validator(0).public) == ""
    assert validator_org(rows, council.owners["a"].key.public) is None


def test_a_genesis_names_the_orgs_of_its_validators_and_no_other_than_founders() -> None:
    genesis = sim_genesis(SimMember("a", "owner"), SimMember("b", "owner"), validators=2)
    named = tuple(replace(each, org=org) for each, org in zip(genesis.validators, "ab", strict=True))
    stated = replace(genesis, validators=named)
    assert Genesis.from_bytes(stated.to_bytes()) == stated
    rows = MemoryRows(genesis_rows(stated))
    assert [validator_org(rows, each.key) for each in named] == ["a", "b"]
    with pytest.raises(Malformed, match="no founder"):
        replace(genesis, validators=(replace(named[0], org="c"), named[1]))


def test_a_block_tells_the_differences_of_all_its_decisions_once() -> None:
    council = Council("abcd")
    old = sim_validator(0).public
    for decision in (change((NEW, 5), (old, 2)), change((NEW, 7)), change((ELSE, 1))):
        council.propose("a", decision)
        council.vote("b")
    votes = [council.owners["c"].vote(council.proposal(number)) for number in (1, 2, 3)]
    block = BlockContext(council.chain.height + 1, council.chain.time + 1, council.chain.app_hashes[-1])
    told = execute_block(council.chain.rows, block, votes)
    assert [outcome.code for outcome in told.outcomes] == ["ok"] * 3
    assert {each.key: each.power for each in told.validators} == {NEW: 7, ELSE: 1, old: 2}
    assert [each.key.raw for each in told.validators] == sorted(each.key.raw for each in told.validators)
    assert execute_block(council.chain.rows, block, votes[:0]).validators == ()
    assert execute_block(council.chain.rows, block, [council.owners["a"].open_log()]).validators == ()


def test_what_leaves_no_validator_changes_nothing_or_takes_a_key_of_another_purpose_is_refused() -> None:
    council, old = Council("abcd"), [sim_validator(at).public for at in range(4)]
    assert council.propose("a", change(*((key, 0) for key in old))) == "not-enactable"
    assert council.propose("a", change((old[0], 1))) == "not-enactable"
    assert council.propose("a", change((NEW, 0))) == "not-enactable"
    assert council.propose("a", change((NEW, MAX_TOTAL_POWER))) == "not-enactable"
    assert council.propose("a", change((council.owners["a"].key.public, 1))) == "key-exists"


def test_a_ledger_whose_genesis_states_no_parameters_has_fixed_validators() -> None:
    council = Council("a", parameters=None, validators=1)
    assert council.propose("a", change((NEW, 1))) == "validators-fixed"


def test_the_embedded_engine_makes_no_block_that_would_change_its_validator(tmp_path: Path) -> None:
    owner = SimMember("a", "owner")
    genesis = sim_genesis(owner, parameters=CONSORTIUM)
    with create_ledger(tmp_path, genesis, sim_validator(), SimClock(START)) as ledger:
        before = ledger.head()
        with pytest.raises(ValidatorsFixed):
            submit(ledger, [owner.propose(change((NEW, 1)))])
        assert ledger.head() == before
        assert submit(ledger, [owner.open_log()])[0].ok
