"""Orgs that certify the terminals of a simulated world, and confirm steps of its registers."""

from __future__ import annotations

from veriwatt.model.members.organisation import Role
from veriwatt.testing.actors import SimMember
from veriwatt.testing.worlds import SimWorld


def admitted_certifier(world: SimWorld, org: str, by: SimMember) -> SimMember:
    """A metrology member of a new org that a founder's owner, `by`, admits; the other founders grant its role, or `by`
    alone where there is none.
    """
    owner, member = SimMember(org, "kim"), SimMember(org, "kit", Role.METROLOGY)
    owner.chain = member.chain = world.genesis.chain_id
    founders = [each for each in world.founders if each.org != by.org] or [by]
    world.must(by.add_org(owner))
    world.must(owner.add_member(member), *(each.grant_role(org, Role.METROLOGY) for each in founders))
    return member
