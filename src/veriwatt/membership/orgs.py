"""Add orgs and members, with keys made in this home or with given public keys."""

from __future__ import annotations

from collections.abc import Callable

from veriwatt.crypto.signing import PublicKey
from veriwatt.errors import NotFound
from veriwatt.home.owner_keys import OwnerKeys
from veriwatt.machine.anchors import queries as anchors
from veriwatt.machine.members import queries
from veriwatt.membership.member_client import MemberClient
from veriwatt.membership.new_ledger import OWNER
from veriwatt.membership.signing_member import check_key_left
from veriwatt.model.chain.anchor import OpenLog
from veriwatt.model.members.organisation import AddMember, AddOrg, NewMember, RekeyMember, RemoveMember, Role
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


def remove_member(ledger: Ledger, owner: MemberClient, keys: OwnerKeys, name: str) -> None:
    """Remove a member of the owner's org; its key, if it is here, is deleted afterwards.

    Raises:
        LastSigningKey: nobody could sign the org's anchors here.
        LedgerRefused: there is no such member, or it is the last owner.
    """
    owner.check(RemoveMember(name))
    check_key_left(ledger, keys, owner.org, name)
    owner.submit(RemoveMember(name))
    keys.forget_member(owner.org, name)


def rekey_member(
    ledger: Ledger, signer: MemberClient, keys: OwnerKeys, name: str, key: PublicKey | None = None
) -> PublicKey:
    """Give a member of the signer's org `key`, or a new key of this home; returns it. May be repeated after a failure.

    The key before is deleted here once the ledger has the new one.

    Raises:
        NotFound: there is no such member. LedgerRefused: the signer may not do so, or the key is registered already.
        LastSigningKey: with its key elsewhere nobody could sign the org's anchors here.
    """
    present = queries.member(ledger, signer.org, name)
    if present is None:
        raise NotFound(f"org {signer.org!r} has no member {name!r}; `veriwatt member list` shows them")
    if key is not None:
        check_key_left(ledger, keys, signer.org, name)
    fresh = keys.next_member(signer.org, name).public if key is None else key
    if present.key != fresh:  # else an earlier try came as far as this
        signer.submit(RekeyMember(name, fresh))
    if key is None:
        keys.take_up_next(signer.org, name)
    else:
        keys.forget_member(signer.org, name)
    return fresh
