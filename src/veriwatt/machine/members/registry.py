"""Write orgs and members, for the genesis and the handlers."""

from __future__ import annotations

from veriwatt.machine import key_registry
from veriwatt.machine.lookalikes import ORGS, members_of, write_name
from veriwatt.machine.members import state_keys
from veriwatt.machine.state import State
from veriwatt.model.members.organisation import Member, NewMember, Organisation


def write_org(state: State, org: str, title: str, admitted_by: str | None) -> None:
    record = Organisation(org, title, admitted_by, state.block.height, state.block.time)
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
