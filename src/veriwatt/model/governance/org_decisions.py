"""Decisions about orgs: who is admitted, suspended and reinstated, and who holds a role that binds others.

    admit       = [org, title, [name, role, suite, key], with a vote]
    suspend     = [org]                 reinstate   = [org]
    grant-role  = [org, role]           revoke-role = [org, role]

    suspension record = [2, org, proposal, height, time]

Spec: docs/spec/government.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.model.members.org_role import parse_binding_role
from veriwatt.model.members.organisation import TITLE_LIMIT, NewMember, Role
from veriwatt.model.points.id_text import check_title
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class Admit:
    """A new org with its first owner; with a vote it is one of those that decide."""

    kind: ClassVar[str] = "admit"
    org: str
    title: str
    first: NewMember
    with_vote: bool = False

    def fields(self) -> list[Value]:
        return [self.org, self.title, self.first.fields(), self.with_vote]

    @classmethod
    def parse(cls, value: object) -> Self:
        f = Fields(value, "admit", 4)
        org, title = f.name("org"), check_title(f.text("title", TITLE_LIMIT), "admit: title")
        first = NewMember.parse(f.raw())
        if first.role is not Role.OWNER:
            raise Malformed("admit: the first member's role is not owner")
        return cls(org, title, first, f.bool("with a vote"))


@dataclass(frozen=True, slots=True)
class _OfOrg:
    """A decision that names an org."""

    kind: ClassVar[str]
    org: str

    def fields(self) -> list[Value]:
        return [self.org]

    @classmethod
    def parse(cls, value: object) -> Self:
        return cls(Fields(value, cls.kind, 1).name("org"))


@dataclass(frozen=True, slots=True)
class Suspend(_OfOrg):
    """The org's members sign nothing but what protects its own keys and terminals, until it is reinstated."""

    kind: ClassVar[str] = "suspend"


@dataclass(frozen=True, slots=True)
class Reinstate(_OfOrg):
    """The org is suspended no more."""

    kind: ClassVar[str] = "reinstate"


@dataclass(frozen=True, slots=True)
class _OfRole:
    """A decision about an org's role."""

    kind: ClassVar[str]
    org: str
    role: Role

    def fields(self) -> list[Value]:
        return [self.org, self.role.value]

    @classmethod
    def parse(cls, value: object) -> Self:
        f = Fields(value, cls.kind, 2)
        return cls(f.name("org"), parse_binding_role(f.text("role")))


@dataclass(frozen=True, slots=True)
class GrantOrgRole(_OfRole):
    """The org holds the role by which its members bind other orgs."""

    kind: ClassVar[str] = "grant-role"


@dataclass(frozen=True, slots=True)
class RevokeOrgRole(_OfRole):
    """The org holds the role no more; what it certified or reported by it stays."""

    kind: ClassVar[str] = "revoke-role"


@dataclass(frozen=True, slots=True)
class Suspension:
    """The record of a suspended org: which proposal suspended it, and when."""

    org: str
    proposal: int
    height: int
    time: UtcMillis

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.org, self.proposal, self.height, self.time])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Suspension:
        f = Fields.versioned(decode(raw, "suspension record"), "suspension record", 5)
        return cls(f.name("org"), f.uint("proposal"), f.uint("height"), f.uint("time"))
