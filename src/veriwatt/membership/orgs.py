"""Add orgs and members, with keys made in this home or with given public keys."""

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
    """Add an org whose keys are made in this home, and open its data chain. May be repeated after a failure.

    Raises:
        LedgerRefused: the org exists already with its data chain, or `founder` may not add orgs.
    """
    keys.make_signers(f"member/{org}/{OWNER}", f"log/{org}")
    owner = keys.member(org, OWNER).public
    found = queries.member(ledger, org, OWNER)
    begun = found is not None and found.key == owner and anchors.log_key(ledger, org) is None
    if not begun:
        add_org(founder, org, title, owner)
    client_of(org).submit(OpenLog(keys.log(org).public))


def add_org(founder: MemberClient, org: str, title: str, owner: PublicKey) -> None:
    """Add an org whose owner has the private key of `owner` elsewhere; LedgerRefused when the org exists already."""
    founder.submit(AddOrg(org, title, NewMember(OWNER, Role.OWNER, owner)))


def add_member(owner: MemberClient, keys: OwnerKeys, name: str, role: Role, key: PublicKey | None = None) -> PublicKey:
    """Add a member to the owner's org with `key`, or with a new key of this home; returns the key."""
    if key is None:
        keys.make_signers(f"member/{owner.org}/{name}")
        key = keys.member(owner.org, name).public
    owner.submit(AddMember(NewMember(name, role, key)))
    return key
