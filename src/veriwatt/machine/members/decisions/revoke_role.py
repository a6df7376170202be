"""revoke-role: the org holds the role no more; what it certified, confirmed or reported by it stays."""

from __future__ import annotations

from veriwatt.machine.decided import Decided
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries, state_keys
from veriwatt.machine.members.electorate import electorate_for
from veriwatt.machine.refusals import RecordNotFound
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.voting import Voting
from veriwatt.model.governance.org_decisions import RevokeOrgRole


def voting(rows: StateRows, decision: RevokeOrgRole) -> Voting:
    return electorate_for(rows, decision.org).voting


def check(view: View, decision: RevokeOrgRole) -> None:
    held = queries.org_role(view, decision.org, decision.role)
    if held is None or not held.granted:
        raise RecordNotFound("role", f"{decision.org}/{decision.role.value}")


def enact(state: State, decision: RevokeOrgRole, by: Decided) -> tuple[Event, ...]:  # noqa: ARG001 - as the others
    state.delete(state_keys.role_key(decision.org, decision.role.value))
    return (Event("role-revoked", decision.org, decision.role.value),)
