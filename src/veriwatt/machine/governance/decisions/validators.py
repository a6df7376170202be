"""validators: who signs blocks, and with what power, from the second block after this one on."""

from __future__ import annotations

from veriwatt.machine.decided import Decided
from veriwatt.machine.events import Event
from veriwatt.machine.governance import queries, state_keys
from veriwatt.machine.key_registry import check_key_free, is_validator_key, register_validator
from veriwatt.machine.refusals import NotEnactable, ValidatorsFixed
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.voting import Voting, voting_of_all
from veriwatt.model.governance.parameters import Parameter
from veriwatt.model.governance.rule_decisions import MOST_VALIDATORS, ChangeValidators, ValidatorPower, validators_bytes
from veriwatt.model.ledger.validators import MAX_TOTAL_POWER, address_of

WHAT = "the change of validators"


def voting(rows: StateRows, decision: ChangeValidators) -> Voting:  # noqa: ARG001 - one signature for all decisions
    return voting_of_all(rows, Parameter.CHARTER)


def check(view: View, decision: ChangeValidators) -> None:
    present = queries.validators(view)
    if present is None:
        raise ValidatorsFixed
    powers = {each.key: each.power for each in present}
    for each in decision.changes:
        if powers.get(each.key, 0) == each.power:
            raise NotEnactable(WHAT, f"{each.key.raw.hex()} has the power {each.power} already")
        if each.power and queries.misbehaviour(view, address_of(each.key.raw)) is not None:
            why = "misbehaviour of it is recorded, so it gets no power again: take it out, and another key in"
            raise NotEnactable(WHAT, f"{each.key.raw.hex()}: {why}")
        if not is_validator_key(view, each.key):
            check_key_free(view, each.key)
    after = _after(present, decision)
    if not 1 <= len(after) <= MOST_VALIDATORS:
        raise NotEnactable(WHAT, f"it leaves {len(after)} validators, not 1 to {MOST_VALIDATORS}")
    if sum(each.power for each in after) > MAX_TOTAL_POWER:
        raise NotEnactable(WHAT, f"the powers add up to more than {MAX_TOTAL_POWER}")


def enact(state: State, decision: ChangeValidators, by: Decided) -> tuple[Event, ...]:
    for each in decision.changes:
        register_validator(state, each.key, by.org, f"proposal {by.proposal}")
    after = _after(queries.validators(state) or (), decision)
    state.put(state_keys.VALIDATORS, validators_bytes(after))
    return tuple(Event("validator-changed", "", each.key.raw.hex()) for each in decision.changes)


def _after(present: tuple[ValidatorPower, ...], decision: ChangeValidators) -> list[ValidatorPower]:
    changed = [each.key for each in decision.changes]
    kept = [each for each in present if each.key not in changed]
    return [*kept, *(each for each in decision.changes if each.power > 0)]
