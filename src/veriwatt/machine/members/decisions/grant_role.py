"""grant-role: the org holds a role by which its members bind other orgs."""

from __future__ import annotations

from veriwatt.machine.decided import Decided
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries, registry, state_keys
from veriwatt.machine.members.electorate import electorate_for
from veriwatt.machine.refusals import RecordExists
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.voting import Voting
from veriwatt.model.governance.org_decisions import GrantOrgRole
from veriwatt.model.members.org_role import OrgRole, RoleVote


def voting(rows: StateRows, decision: GrantOrgRole) -> Voting:
    return electorate_for(rows, decision.org).voting


def check(view: View, decision: GrantOrgRole) -> None:
    registry.check_stands(view, decision.org)
    held = queries.org_role(view, decision.org, decision.role)
    if held is not None and held.granted:
        raise RecordExists("role", f"{decision.org}/{decision.role.value}")
    registry.check_room_for_role(view, decision.org)


def enact(state: State, decision: GrantOrgRole, by: Decided) -> tuple[Event, ...]:
    votes = tuple(RoleVote(vote.org, vote.member, vote.time) for vote in by.yes)
    basis = electorate_for(state, decision.org).basis
    record = OrgRole(decision.org, decision.role, votes, state.block.time, basis)
    state.put(state_keys.role_key(decision.org, decision.role.value), record.to_bytes())
    return (Event("role-granted", decision.org, decision.role.value),)
