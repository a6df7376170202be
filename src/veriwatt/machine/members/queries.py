"""Read orgs and members from the rows of a state."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from veriwatt.machine.members import state_keys
from veriwatt.machine.refusals import NotAllowed, RecordNotFound
from veriwatt.machine.state import StateRows
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


def signer(rows: StateRows, org: str, name: str) -> Member:
    """The member that signed an authenticated transaction."""
    found = member(rows, org, name)
    if found is None:
        raise RecordNotFound("member", f"{org}/{name}")
    return found


def check_role(who: Member, what: str, *roles: Role) -> None:
    """Raise NotAllowed unless the member has one of `roles`."""
    if who.role not in roles:
        raise NotAllowed(org=who.org, member=who.name, role=who.role.value, what=what)


@lru_cache(maxsize=4096)
def _member(raw: bytes) -> Member:
    return Member.from_bytes(raw)
