"""The orgs of a ledger and their members: who founded it, who was admitted by whom, and what they try there.

    cast = Cast(("acme", "metro"))        city and creature are admitted orgs then
    cast.member("metro", Role.METROLOGY)

Each org has an owner, a metrology member and a regulator; whether these bind other orgs is for the founders to vote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.members.organisation import Role
from veriwatt.model.points.register_record import ReadStep
from veriwatt.testing.actors import SimMember, sim_genesis

FOUNDERS = ("acme", "metro", "city")
ORGS = (*FOUNDERS, "creature")
ROLES = (Role.OWNER, Role.METROLOGY, Role.REGULATOR)

Detail: TypeAlias = "int | str | tuple[int, int] | ReadStep | bytes"


@dataclass(frozen=True, slots=True)
class Deed:
    """What a member tried about an org's role, a terminal or a register of acme's, whether or not the ledger took it.

    `what` is vote, certify, report, answer, retire or confirm; `height` and `time` are those of its block.
    """

    what: str
    org: str
    role: Role
    about: str
    details: tuple[Detail, ...]
    height: int
    time: int


@dataclass
class Cast:
    """All orgs of the ledger. Those that did not found it were admitted: creature by acme, others by `admitting`."""

    founders: Sequence[str] = FOUNDERS
    admitting: str = "acme"
    members: dict[tuple[str, Role], SimMember] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for org in ORGS:
            self.members |= {(org, role): SimMember(org, role.value, role) for role in ROLES}

    def member(self, org: str, role: Role = Role.OWNER) -> SimMember:
        return self.members[org, role]

    @property
    def admitted_by(self) -> dict[str, str]:
        """Who admitted each org that is no founder."""
        return {org: "acme" if org == "creature" else self.admitting for org in ORGS if org not in self.founders}

    def genesis(self) -> Genesis:
        """A genesis with all members of the founders; every member gets its chain."""
        founding = [member for (org, _), member in self.members.items() if org in self.founders]
        genesis = sim_genesis(*founding)
        for member in self.members.values():
            member.chain = genesis.chain_id
        return genesis

    def admissions(self) -> Iterator[list[bytes]]:
        """The transactions, a block after another, by which the other orgs and their members are admitted."""
        others = self.admitted_by
        yield [self.member(by).add_org(self.member(org)) for org, by in others.items()]
        yield [self.member(org).add_member(self.member(org, role)) for org in others for role in ROLES[1:]]
