"""parameters: values of the ledger's parameters, from the next transaction on."""

from __future__ import annotations

from veriwatt.machine.decided import Decided
from veriwatt.machine.events import Event
from veriwatt.machine.governance import state_keys
from veriwatt.machine.parameters import parameters
from veriwatt.machine.refusals import NotEnactable
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.voting import Voting, voting_of_all
from veriwatt.model.governance.parameters import Parameter, parameter_named
from veriwatt.model.governance.rule_decisions import ChangeParameters


def voting(rows: StateRows, decision: ChangeParameters) -> Voting:  # noqa: ARG001 - one signature for all decisions
    return voting_of_all(rows, Parameter.CHARTER)


def check(view: View, decision: ChangeParameters) -> None:
    present = parameters(view)
    if all(present.value(parameter_named(name)) == value for name, value in decision.values.stated):
        raise NotEnactable("the change of parameters", "no value of a parameter differs from the present one")


def enact(state: State, decision: ChangeParameters, by: Decided) -> tuple[Event, ...]:  # noqa: ARG001 - as above
    state.put(state_keys.PARAMETERS, parameters(state).changed(decision.values).to_bytes())
    return tuple(Event("parameter-changed", "", name) for name, _ in decision.values.stated)
