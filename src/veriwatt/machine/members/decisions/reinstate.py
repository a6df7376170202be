"""reinstate: the org is suspended no more."""

from __future__ import annotations

from veriwatt.machine.decided import Decided
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries, state_keys
from veriwatt.machine.refusals import RecordNotFound
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.voting import Voting, voting_of_all
from veriwatt.model.governance.org_decisions import Reinstate
from veriwatt.model.governance.parameters import Parameter


def voting(rows: StateRows, decision: Reinstate) -> Voting:  # noqa: ARG001 - one signature for all decisions
    return voting_of_all(rows, Parameter.CHARTER)


def check(view: View, decision: Reinstate) -> None:
    if queries.suspension(view, decision.org) is None:
        raise RecordNotFound("suspension of", decision.org)


def enact(state: State, decision: Reinstate, by: Decided) -> tuple[Event, ...]:  # noqa: ARG001 - as above
    state.delete(state_keys.suspended_key(decision.org))
    return (Event("org-reinstated", decision.org, decision.org),)
