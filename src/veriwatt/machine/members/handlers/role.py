"""role: an owner of a founder votes that an org holds a role by which its members bind other orgs.

The founders independent of the org decide by majority (`members/electorate.py`). The last vote that is needed grants
the role; votes and roles are never withdrawn.
"""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries, state_keys
from veriwatt.machine.members.electorate import electorate_for
from veriwatt.machine.refusals import NotAllowed, RecordExists, RecordNotFound
from veriwatt.machine.state import State, View
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.org_role import MOST_ROLE_HOLDERS, GrantRole, OrgRole, RoleVote
from veriwatt.model.members.organisation import Role


class NotIndependent(Refused):
    """A founder's vote on the role of an org that is not independent of it."""

    code = "not-independent"

    def __init__(self, founder: str, org: str) -> None:
        super().__init__(f"{founder} has no vote on a role of {org}: it is {org} itself, or admitted it")
        self.founder, self.org = founder, org


class TooManyRoleHolders(Refused):
    """A vote on a role of one more org than a ledger lets hold one."""

    code = "too-many-role-holders"

    def __init__(self, org: str) -> None:
        super().__init__(f"{org} gets no role: {MOST_ROLE_HOLDERS} orgs of this ledger hold one, the most there may be")
        self.org = org


def check_alone(tx: Transaction[GrantRole]) -> None:
    """No check: parsing checks the whole body."""


def check_against(tx: Transaction[GrantRole], view: View) -> None:
    org, role = tx.body.org, tx.body.role
    who = queries.signer(view, tx.org, tx.member)
    queries.check_role(who, "grant a role", Role.OWNER)
    own = queries.organisation(view, tx.org)
    if own is None or not own.founder:
        raise NotAllowed(org=tx.org, member=tx.member, role=who.role.value, what="grant a role: its org is no founder")
    if queries.organisation(view, org) is None:
        raise RecordNotFound("org", org)
    if tx.org not in electorate_for(view, org).voters:
        raise NotIndependent(tx.org, org)
    before = queries.org_role(view, org, role)
    if before is not None and (before.granted or tx.org in before.voters):
        raise RecordExists("role" if before.granted else f"the vote of {tx.org} for the role", f"{org}/{role.value}")
    holders = queries.role_holders(view)
    if org not in holders and len(holders) >= MOST_ROLE_HOLDERS:
        raise TooManyRoleHolders(org)


def apply(tx: Transaction[GrantRole], state: State) -> tuple[Event, ...]:
    org, role, time = tx.body.org, tx.body.role, state.block.time
    voting, before = electorate_for(state, org), queries.org_role(state, org, role)
    votes = (*(() if before is None else before.votes), RoleVote(tx.org, tx.member, time))
    granted = len(votes) >= voting.needed
    record = OrgRole(org, role, votes, time if granted else None, voting.basis)
    state.put(state_keys.role_key(org, role.value), record.to_bytes())
    return (Event("role-granted" if granted else "role-voted", org, role.value),)
