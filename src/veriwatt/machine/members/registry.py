"""Write orgs and members, for the genesis, the handlers and the decisions; and what they have to check alike."""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.machine import key_registry
from veriwatt.machine.lookalikes import ORGS, check_distinct, members_of, write_name
from veriwatt.machine.members import queries, state_keys
from veriwatt.machine.refusals import RecordExists, RecordNotFound
from veriwatt.machine.state import State, StateRows
from veriwatt.model.members.org_role import MOST_ROLE_HOLDERS
from veriwatt.model.members.organisation import Admission, Member, NewMember, Organisation


class TooManyRoleHolders(Refused):
    """A role of one more org than a ledger lets hold one."""

    code = "too-many-role-holders"

    def __init__(self, org: str) -> None:
        super().__init__(f"{org} gets no role: {MOST_ROLE_HOLDERS} orgs of this ledger hold one, the most there may be")
        self.org = org


def check_new_org(rows: StateRows, org: str, first: NewMember) -> None:
    """Raise RecordExists, LooksAlike or KeyExists unless an org of this name may have this first member."""
    if queries.organisation(rows, org) is not None:
        raise RecordExists("org", org)
    check_distinct(rows, ORGS, org)
    key_registry.check_key_free(rows, first.key)


def check_stands(rows: StateRows, org: str) -> None:
    """Raise RecordNotFound or OrgSuspended unless there is such an org, and it is not suspended."""
    if queries.organisation(rows, org) is None:
        raise RecordNotFound("org", org)
    queries.check_not_suspended(rows, org)


def check_room_for_role(rows: StateRows, org: str) -> None:
    """Raise TooManyRoleHolders if the org has no role, and as many others have one as may."""
    holders = queries.role_holders(rows)
    if org not in holders and len(holders) >= MOST_ROLE_HOLDERS:
        raise TooManyRoleHolders(org)


def write_org(state: State, org: str, title: str, admitted_by: Admission, *, with_vote: bool = False) -> None:
    record = Organisation(org, title, admitted_by, state.block.height, state.block.time, with_vote)
    state.put(state_keys.org_key(org), record.to_bytes())
    write_name(state, ORGS, org)


def write_member(state: State, org: str, new: NewMember) -> None:
    """Write a new member, or a member's record under its new key."""
    record = Member(org, new.name, new.role, new.key, state.block.height, state.block.time)
    state.put(state_keys.member_key(org, new.name), record.to_bytes())
    write_name(state, members_of(org), new.name)
    key_registry.register_key(state, new.key, "member", org, new.name)


def remove_member(state: State, org: str, name: str) -> None:
    """Remove a member's record; its key and what its name looks like stay registered."""
    state.delete(state_keys.member_key(org, name))
