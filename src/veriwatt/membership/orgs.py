"""Orgs and members join: keys made here for those whose home this is, or taken from elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from veriwatt.crypto.signing import PublicKey
from veriwatt.home.owner_keys import OwnerKeys
from veriwatt.machine.anchors import queries as anchors
from veriwatt.machine.members import queries
from veriwatt.membership.member_client import MemberClient
from veriwatt.membership.new_ledger import OWNER
from veriwatt.model.chain.anchor import OpenLog
from veriwatt.model.members.organisation import AddMember, AddOrg, NewMember, Role
from veriwatt.ports.ledger import Ledger


def host_org(
    ledger: Ledger,
    keys: OwnerKeys,
    founder: MemberClient,
    client_of: Callable[[str], MemberClient],
    org: str,
    title: str,
) -> None:
    """Add an org whose keys this home makes and holds, and open its data chain.

    What an earlier call left undone is finished.

    Raises:
        LedgerRefused: the org is there already with its chain, or `founder` may not add orgs.
    """
    keys.make_signers(f"member/{org}/{OWNER}", f"log/{org}")
    owner = keys.member(org, OWNER).public
    there = queries.member(ledger, org, OWNER)
    begun = there is not None and there.key == owner and anchors.log_key(ledger, org) is None
    if not begun:
        add_org(founder, org, title, owner)
    client_of(org).submit(OpenLog(keys.log(org).public))


def add_org(founder: MemberClient, org: str, title: str, owner: PublicKey) -> None:
    """Add an org whose owner holds `owner` elsewhere; LedgerRefused when it is there already."""
    founder.submit(AddOrg(org, title, NewMember(OWNER, Role.OWNER, owner)))


def add_member(owner: MemberClient, keys: OwnerKeys, name: str, role: Role, key: PublicKey | None = None) -> PublicKey:
    """Add a member to the owner's org, under `key` or under one made here; returns the key."""
    if key is None:
        keys.make_signers(f"member/{owner.org}/{name}")
        key = keys.member(owner.org, name).public
    owner.submit(AddMember(NewMember(name, role, key)))
    return key
