"""Who signs for an org in a home: a member whose key the home holds. Anybody may leave an org, its founder too."""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.home.owner_keys import OwnerKeys
from veriwatt.machine.anchors.queries import log_key
from veriwatt.machine.members.queries import members
from veriwatt.machine.state import StateRows
from veriwatt.model.members.organisation import Member, Role

SIGNING_ROLES = (Role.OWNER, Role.OPERATOR)
"""Who may anchor, enrol terminals and define points; an owner is chosen before an operator."""


class NoSigningKey(Refused):
    """An org none of whose owners and operators has its key in this home."""

    code = "no-signing-key"

    def __init__(self, org: str) -> None:
        super().__init__(
            f"no owner or operator of {org} has its key in this home, so that nothing can be signed for the org here; "
            f"restore a backup of the keys, or let an owner of {org} elsewhere add a member whose key is made here"
        )
        self.org = org


class LastSigningKey(Refused):
    """The member with whose key alone this home can sign the anchors of a data chain that it keeps."""

    code = "last-signing-key"

    def __init__(self, org: str, member: str) -> None:
        super().__init__(
            f"{org}/{member} has the only key in this home that can sign the anchors of the data chain of {org}; "
            f"first `veriwatt member add NAME --role owner`, without --key"
        )
        self.org, self.member = org, member


def signing_member(rows: StateRows, keys: OwnerKeys, org: str) -> str:
    """The owner of `org` whose key is here, else the operator; of several the one that became a member first.

    Raises:
        NoSigningKey: there is none.
    """
    found = _signing_members(rows, keys, org)
    if not found:
        raise NoSigningKey(org)
    return found[0].name


def check_key_left(rows: StateRows, keys: OwnerKeys, org: str, leaving: str) -> None:
    """Raise LastSigningKey if the org's chain is kept here, and only the key of `leaving` can sign its anchors."""
    names = [each.name for each in _signing_members(rows, keys, org)]
    if names == [leaving] and log_key(rows, org) is not None and keys.has_log(org):
        raise LastSigningKey(org, leaving)


def _signing_members(rows: StateRows, keys: OwnerKeys, org: str) -> list[Member]:
    able = [each for each in members(rows, org) if each.role in SIGNING_ROLES and keys.has_member(org, each.name)]
    return sorted(able, key=lambda each: (SIGNING_ROLES.index(each.role), each.time, each.name))
