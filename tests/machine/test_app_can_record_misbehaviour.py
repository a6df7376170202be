"""Misbehaviour that CometBFT proved of a validator is recorded, once, and its key gets no power again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.machine.council import Council
from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import PublicKey
from veriwatt.errors import Malformed
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.governance import queries
from veriwatt.machine.key_registry import key_at_address
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import range_at
from veriwatt.model.governance.parameters import CONSORTIUM
from veriwatt.model.governance.proposal import Result
from veriwatt.model.governance.rule_decisions import ChangeValidators, CloseLedger, ValidatorPower
from veriwatt.model.ledger.misbehaviour import MOST_RECORDED, Misbehaviour, MisbehaviourKind, MisbehaviourRecord
from veriwatt.model.ledger.state_keys import ROOT_LOG, VALIDATORS
from veriwatt.model.ledger.validators import address_of
from veriwatt.testing.actors import START, SimMember, sim_genesis, sim_key, sim_validator

NEW = sim_key("validator new").public


def misbehaviour(
    key: PublicKey, height: int = 3, kind: MisbehaviourKind = MisbehaviourKind.DUPLICATE_VOTE
) -> Misbehaviour:
    return Misbehaviour(kind, address_of(key.raw), 1, 4, height, START + height)


def with_new() -> Council:
    """Four founders with four validators of no org, and one that a proposed."""
    council = Council("abcd")
    assert council.decide(power_of(NEW, 1)) is Result.ENACTED
    return council


def power_of(key: PublicKey, power: int) -> ChangeValidators:
    return ChangeValidators((ValidatorPower(key, power),))


def recorded(council: Council, key: PublicKey = NEW) -> MisbehaviourRecord | None:
    return queries.misbehaviour(council.chain.rows, address_of(key.raw))


def test_a_block_of_misbehaviour_alone_changes_the_state_and_names_the_org() -> None:
    council = with_new()
    before, size, told = council.chain.app_hashes[-1], range_at(council.chain.rows, ROOT_LOG).size, misbehaviour(NEW)
    council.chain.block(misbehaviour=[told])
    assert council.chain.app_hashes[-1] != before
    assert range_at(council.chain.rows, ROOT_LOG).size == size + 1
    found = recorded(council)
    assert found is not None
    assert (found.org, [each.what for each in found.recorded]) == ("a", [told])
    assert (found.recorded[0].height, found.recorded[0].time) == (council.chain.height, council.chain.time)
    assert list(queries.all_misbehaviour(council.chain.rows)) == [found]


def test_what_is_recorded_already_changes_nothing_so_no_more_blocks_are_made_for_it() -> None:
    """A double signer has any number of pairs of votes for one height, and a proposer may bring them one by one."""
    council, told = with_new(), misbehaviour(NEW)
    council.chain.block(misbehaviour=[told, told])
    before = council.chain.app_hashes[-1]
    for again in (told, replace(told, power=9, time=START)):
        council.chain.block(misbehaviour=[again])
        assert council.chain.app_hashes[-1] == before
    other = misbehaviour(NEW, kind=MisbehaviourKind.LIGHT_CLIENT_ATTACK)
    council.chain.block(misbehaviour=[told, other, misbehaviour(NEW, 4)])
    found = recorded(council)
    assert found is not None
    assert [each.what for each in found.recorded] == [told, other, misbehaviour(NEW, 4)]


def test_a_validator_that_signs_twice_at_every_height_does_not_fill_the_ledger() -> None:
    council = with_new()
    for height in range(2, MOST_RECORDED + 2):
        council.chain.block(misbehaviour=[misbehaviour(NEW, height)])
    full = council.chain.app_hashes[-1]
    council.chain.block(misbehaviour=[misbehaviour(NEW, height) for height in range(50, 250)])
    assert council.chain.app_hashes[-1] == full
    found = recorded(council)
    assert found is not None
    assert len(found.recorded) == MOST_RECORDED
    council.chain.block(misbehaviour=[misbehaviour(sim_validator(1).public)])
    assert recorded(council, sim_validator(1).public) is not None


def test_its_key_may_be_taken_out_and_gets_no_power_again() -> None:
    """Else orgs that were fooled once put it back, with its record full."""
    council = with_new()
    council.chain.block(misbehaviour=[misbehaviour(NEW)])
    assert council.propose("b", power_of(NEW, 7)) == "not-enactable"
    assert council.decide(power_of(NEW, 0)) is Result.ENACTED
    assert council.propose("a", power_of(NEW, 1)) == "not-enactable"
    assert council.decide(power_of(sim_key("another").public, 1)) is Result.ENACTED


def test_a_proposal_that_waits_while_its_validator_misbehaves_fails() -> None:
    council = with_new()
    assert council.propose("a", power_of(NEW, 50)) == "ok"
    council.chain.block(misbehaviour=[misbehaviour(NEW)])
    assert [council.vote(org) for org in "bc"] == ["ok", "ok"]
    assert council.result() is Result.FAILED


def test_a_vote_in_the_block_that_proves_it_sees_it() -> None:
    council = with_new()
    (outcome,) = council.chain.block(council.owners["a"].propose(power_of(NEW, 50)), misbehaviour=[misbehaviour(NEW)])
    assert outcome.code == "not-enactable"


def test_what_is_proven_after_a_validator_went_names_its_org_still() -> None:
    council = with_new()
    assert council.decide(power_of(NEW, 0)) is Result.ENACTED
    council.chain.block(misbehaviour=[misbehaviour(NEW)])
    found = recorded(council)
    assert found is not None
    assert found.org == "a"
    assert key_at_address(council.chain.rows, address_of(NEW.raw)) == NEW


def test_the_genesis_of_validators_that_may_change_has_their_keys_by_address_and_another_has_not() -> None:
    owner = SimMember("a", "owner")
    for parameters in (CONSORTIUM, None):
        rows = MemoryRows(genesis_rows(sim_genesis(owner, validators=2, parameters=parameters)))
        for at in range(2):
            key = sim_validator(at).public
            assert key_at_address(rows, address_of(key.raw)) == (None if parameters is None else key)


def test_a_ledger_that_has_ended_records_nothing() -> None:
    """Its last state, which its successor begins with, would be another one."""
    council = with_new()
    assert council.decide(CloseLedger(sha256(b"plan"))) is Result.ENACTED
    end = council.chain.app_hashes[-1]
    council.chain.block(misbehaviour=[misbehaviour(NEW)])
    assert council.chain.app_hashes[-1] == end


def test_the_block_that_ends_a_ledger_records_what_it_proves() -> None:
    council, decision = with_new(), CloseLedger(sha256(b"plan"))
    assert council.propose("a", decision) == "ok"
    assert council.vote("b") == "ok"
    council.chain.block(council.owners["c"].vote(council.proposal()), misbehaviour=[misbehaviour(NEW)])
    assert queries.closing(council.chain.rows) is not None
    assert recorded(council) is not None


def test_validators_that_are_fixed_are_recorded_without_an_org() -> None:
    council = Council("a", parameters=None, validators=1)
    assert council.chain.rows.get(VALIDATORS) is None
    council.chain.block(misbehaviour=[misbehaviour(sim_validator(0).public)])
    found = recorded(council, sim_validator(0).public)
    assert found is not None
    assert found.org == ""


@pytest.mark.parametrize("what", [[3, bytes(20), 1, 4, 3, 5], [1, bytes(19), 1, 4, 3, 5], [1, bytes(20), 1, 4, -3, 5]])
def test_a_row_of_no_known_kind_or_address_is_damage(what: list[object]) -> None:
    with pytest.raises(Malformed):
        Misbehaviour.parse(what)
