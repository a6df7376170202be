"""Read orgs, their members and their roles from the rows of a state."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from veriwatt.machine.members import state_keys
from veriwatt.machine.refusals import NotAllowed, RecordNotFound, RoleNotGranted
from veriwatt.machine.state import StateRows
from veriwatt.model.members.org_role import BINDING_ROLES, Authority, OrgRole
from veriwatt.model.members.organisation import Member, Organisation, Role


def organisation(rows: StateRows, org: str) -> Organisation | None:
    raw = rows.get(state_keys.org_key(org))
    return None if raw is None else Organisation.from_bytes(raw)


def member(rows: StateRows, org: str, name: str) -> Member | None:
    raw = rows.get(state_keys.member_key(org, name))
    return None if raw is None else _member(raw)


def organisations(rows: StateRows) -> Iterator[Organisation]:
    for _, raw in rows.scan(state_keys.ORGS):
        yield Organisation.from_bytes(raw)


def members(rows: StateRows, org: str) -> Iterator[Member]:
    for _, raw in rows.scan(state_keys.members_prefix(org)):
        yield _member(raw)


def org_role(rows: StateRows, org: str, role: Role) -> OrgRole | None:
    """The votes for a role of the org, granted or not; None without any vote."""
    raw = rows.get(state_keys.role_key(org, role.value))
    return None if raw is None else OrgRole.from_bytes(raw)


def org_roles(rows: StateRows, org: str) -> Iterator[OrgRole]:
    for _, raw in rows.scan(state_keys.roles_prefix(org)):
        yield OrgRole.from_bytes(raw)


def role_holders(rows: StateRows) -> set[str]:
    """The orgs to which the founders granted a role."""
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
    """The authority by which this member binds other orgs: the role that the founders granted to its own org.

    Raises:
        NotAllowed: the member has no role that can bind other orgs.
        RoleNotGranted: its org does not hold that role.
    """
    check_role(who, what, *BINDING_ROLES)
    held, own = org_role(rows, who.org, who.role), organisation(rows, who.org)
    if held is None or own is None or not held.granted:
        raise RoleNotGranted(org=who.org, member=who.name, role=who.role.value, what=what)
    return Authority(own.admitted_by, held.voters, held.basis)


@lru_cache(maxsize=4096)
def _member(raw: bytes) -> Member:
    return Member.from_bytes(raw)
