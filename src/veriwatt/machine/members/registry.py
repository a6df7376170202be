"""Writing orgs, members and keys: what the genesis and the handlers share."""

from __future__ import annotations

from veriwatt.crypto.signing import PublicKey
from veriwatt.encoding import encode
from veriwatt.machine.members import state_keys
from veriwatt.machine.state import State
from veriwatt.model.organisation import Member, NewMember, Organisation


def register_key(state: State, key: PublicKey, owner: str, org: str, name: str) -> None:
    """Take the key out of use for anyone else; `owner` is member, terminal, log or validator."""
    state.put(state_keys.registered_key(key.key_id), encode([1, owner, org, name]))


def write_org(state: State, org: str, title: str, admitted_by: str | None) -> None:
    record = Organisation(org, title, admitted_by, state.block.height, state.block.time)
    state.put(state_keys.org_key(org), record.to_bytes())


def write_member(state: State, org: str, new: NewMember) -> None:
    record = Member(org, new.name, new.role, new.key, state.block.height, state.block.time)
    state.put(state_keys.member_key(org, new.name), record.to_bytes())
    register_key(state, new.key, "member", org, new.name)
