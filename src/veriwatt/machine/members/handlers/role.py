"""role: an owner of an org that has a vote votes that an org holds a role by which its members bind other orgs.

The short form of a proposal `grant-role`, without text or end. Those independent of the org decide
(`members/electorate.py`), and the last vote that is needed grants the role. A vote is never withdrawn; a decision may
revoke the role, and the votes with it.
"""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries, registry, state_keys
from veriwatt.machine.members.electorate import electorate_for
from veriwatt.machine.refusals import NotAllowed, RecordExists
from veriwatt.machine.state import State, View
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.org_role import GrantRole, OrgRole, RoleVote
from veriwatt.model.members.organisation import Role


class NotIndependent(Refused):
    """The vote of an org on the role of an org that is not independent of it."""

    code = "not-independent"

    def __init__(self, founder: str, org: str) -> None:
        super().__init__(f"{founder} has no vote on a role of {org}: it is {org} itself, or admitted it")
        self.founder, self.org = founder, org


def check_alone(tx: Transaction[GrantRole]) -> None:
    """No check: parsing checks the whole body."""


def check_against(tx: Transaction[GrantRole], view: View) -> None:
    org, role = tx.body.org, tx.body.role
    who = queries.signer(view, tx.org, tx.member)
    queries.check_role(who, "grant a role", Role.OWNER)
    if not queries.has_vote(view, tx.org):
        raise NotAllowed(org=tx.org, member=tx.member, role=who.role.value, what="grant a role: its org has no vote")
    registry.check_stands(view, org)
    if tx.org not in electorate_for(view, org).voters:
        raise NotIndependent(tx.org, org)
    before = queries.org_role(view, org, role)
    if before is not None and (before.granted or tx.org in before.voters):
        raise RecordExists("role" if before.granted else f"the vote of {tx.org} for the role", f"{org}/{role.value}")
    registry.check_room_for_role(view, org)


def apply(tx: Transaction[GrantRole], state: State) -> tuple[Event, ...]:
    org, role, time = tx.body.org, tx.body.role, state.block.time
    voting, before = electorate_for(state, org), queries.org_role(state, org, role)
    votes = (*(() if before is None else before.votes), RoleVote(tx.org, tx.member, time))
    counted = tuple(vote for vote in votes if vote.founder in voting.voters)
    granted = len(counted) >= voting.needed
    votes = counted if granted else votes
    record = OrgRole(org, role, votes, time if granted else None, voting.basis)
    state.put(state_keys.role_key(org, role.value), record.to_bytes())
    return (Event("role-granted" if granted else "role-voted", org, role.value),)
