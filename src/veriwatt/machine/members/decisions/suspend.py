"""suspend: the org signs nothing but what protects its own keys and terminals; what it did before stays."""

from __future__ import annotations

from veriwatt.machine.decided import Decided
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries, state_keys
from veriwatt.machine.refusals import RecordExists, RecordNotFound
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.voting import Voting, voting_of_all
from veriwatt.model.governance.org_decisions import Suspend, Suspension
from veriwatt.model.governance.parameters import Parameter


def voting(rows: StateRows, decision: Suspend) -> Voting:
    """All others; the org counts, so that of two orgs neither suspends the other."""
    everyone = voting_of_all(rows, Parameter.CHARTER)
    return Voting(tuple(org for org in everyone.voters if org != decision.org), everyone.needed)


def check(view: View, decision: Suspend) -> None:
    if queries.organisation(view, decision.org) is None:
        raise RecordNotFound("org", decision.org)
    if queries.suspension(view, decision.org) is not None:
        raise RecordExists("the suspension of", decision.org)


def enact(state: State, decision: Suspend, by: Decided) -> tuple[Event, ...]:
    record = Suspension(decision.org, by.proposal, state.block.height, state.block.time)
    state.put(state_keys.suspended_key(decision.org), record.to_bytes())
    return (Event("org-suspended", decision.org, decision.org),)
