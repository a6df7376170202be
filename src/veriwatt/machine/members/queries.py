"""Read orgs, their members and their roles from the rows of a state."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from veriwatt.machine.members import state_keys
from veriwatt.machine.refusals import NotAllowed, OrgSuspended, RecordNotFound, RoleNotGranted
from veriwatt.machine.state import StateRows
from veriwatt.model.governance.org_decisions import Suspension
from veriwatt.model.members.node_record import NodeRecord
from veriwatt.model.members.org_role import BINDING_ROLES, Authority, OrgRole
from veriwatt.model.members.organisation import Member, Organisation, Role


def organisation(rows: StateRows, org: str) -> Organisation | None:
    raw = rows.get(state_keys.org_key(org))
    return None if raw is None else _organisation(raw)


def member(rows: StateRows, org: str, name: str) -> Member | None:
    raw = rows.get(state_keys.member_key(org, name))
    return None if raw is None else _member(raw)


def organisations(rows: StateRows) -> Iterator[Organisation]:
    for _, raw in rows.scan(state_keys.ORGS):
        yield _organisation(raw)


def members(rows: StateRows, org: str) -> Iterator[Member]:
    for _, raw in rows.scan(state_keys.members_prefix(org)):
        yield _member(raw)


def suspension(rows: StateRows, org: str) -> Suspension | None:
    """Since when and by which proposal the org is suspended; None if it is not."""
    raw = rows.get(state_keys.suspended_key(org))
    return None if raw is None else Suspension.from_bytes(raw)


def check_not_suspended(rows: StateRows, org: str) -> None:
    """Raise OrgSuspended if the org is suspended."""
    found = suspension(rows, org)
    if found is not None:
        raise OrgSuspended(org=org, proposal=found.proposal)


def voters(rows: StateRows) -> tuple[str, ...]:
    """The orgs that have a vote, in the order of their names; none that is suspended."""
    return tuple(org for org in seats(rows) if suspension(rows, org) is None)


def seats(rows: StateRows) -> tuple[str, ...]:
    """The orgs that have a vote while they are not suspended, in the order of their names."""
    return tuple(sorted(each.org for each in organisations(rows) if each.votes))


def has_vote(rows: StateRows, org: str) -> bool:
    """Whether the org is one of `voters`, without looking at all orgs."""
    found = organisation(rows, org)
    return found is not None and found.votes and suspension(rows, org) is None


def node(rows: StateRows, org: str, name: str) -> NodeRecord | None:
    """A node of an org, withdrawn or not; None if it was never registered."""
    raw = rows.get(state_keys.node_key(org, name))
    return None if raw is None else NodeRecord.from_bytes(raw)


def nodes(rows: StateRows, org: str) -> Iterator[NodeRecord]:
    for _, raw in rows.scan(state_keys.nodes_prefix(org)):
        yield NodeRecord.from_bytes(raw)


def all_nodes(rows: StateRows) -> Iterator[NodeRecord]:
    """The nodes of every org, withdrawn ones included, in the order of orgs and names."""
    for _, raw in rows.scan(state_keys.NODES):
        yield NodeRecord.from_bytes(raw)


def org_role(rows: StateRows, org: str, role: Role) -> OrgRole | None:
    """The votes for a role of the org, granted or not; None without any vote."""
    raw = rows.get(state_keys.role_key(org, role.value))
    return None if raw is None else OrgRole.from_bytes(raw)


def org_roles(rows: StateRows, org: str) -> Iterator[OrgRole]:
    for _, raw in rows.scan(state_keys.roles_prefix(org)):
        yield OrgRole.from_bytes(raw)


def role_holders(rows: StateRows) -> set[str]:
    """The orgs that hold a role."""
    records = (OrgRole.from_bytes(raw) for _, raw in rows.scan(state_keys.ROLES))
    return {record.org for record in records if record.granted}


def signer(rows: StateRows, org: str, name: str) -> Member:
    """The member that signed an authenticated transaction."""
    found = member(rows, org, name)
    if found is None:
        raise RecordNotFound("member", f"{org}/{name}")
    return found


def check_role(who: Member, what: str, *roles: Role) -> None:
    """Raise NotAllowed unless the member has one of `roles`."""
    if who.role not in roles:
        allowed = " or ".join(role.value for role in roles)
        raise NotAllowed(org=who.org, member=who.name, role=who.role.value, what=what, allowed=allowed)


def check_binds_others(rows: StateRows, who: Member, what: str) -> Authority:
    """The authority by which this member binds other orgs: the role that was granted to its own org.

    Raises:
        NotAllowed: the member has no role that can bind other orgs.
        OrgSuspended: its org is suspended.
        RoleNotGranted: its org does not hold that role.
    """
    check_role(who, what, *BINDING_ROLES)
    check_not_suspended(rows, who.org)
    held, own = org_role(rows, who.org, who.role), organisation(rows, who.org)
    if held is None or own is None or not held.granted:
        raise RoleNotGranted(org=who.org, member=who.name, role=who.role.value, what=what)
    return Authority(own.admitted_by, held.voters, held.basis)


@lru_cache(maxsize=1 << 15)  # a vote is counted over all orgs
def _organisation(raw: bytes) -> Organisation:
    return Organisation.from_bytes(raw)


@lru_cache(maxsize=1 << 15)
def _member(raw: bytes) -> Member:
    return Member.from_bytes(raw)
