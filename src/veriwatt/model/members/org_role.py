"""Roles of orgs: the founders grant an org the role by which its members bind other orgs.

    role body   = [org, role]
    role record = [2, org, role, [[founder, member, time] ...], granted at | null, basis]

Spec: docs/spec/transaction.md, "Roles of orgs".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, TypeAlias

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import check_name
from veriwatt.model.members.organisation import Admission, Role, admission_value, parse_admission, parse_role
from veriwatt.units import UtcMillis

BINDING_ROLES = (Role.METROLOGY, Role.REGULATOR)
"""The roles by which a member of one org binds another org, if its own org holds that role."""

FOUNDER_LIMIT = 64
"""The most founders of a ledger, by its genesis: an authority names more than half of them."""

MOST_ROLE_HOLDERS = 64
"""The most orgs of a ledger that hold a role: each may add to a terminal's passport and a register's record."""


class Basis(Enum):
    """Whose votes grant an org its role."""

    INDEPENDENT_MAJORITY = "independent-majority"
    SINGLE_FOUNDER = "single-founder"


@dataclass(frozen=True, slots=True)
class GrantRole:
    """Body of kind "role": the signer's org, a founder, votes that `org` holds `role`."""

    kind: ClassVar[str] = "role"
    org: str
    role: Role

    def fields(self) -> list[Value]:
        return [self.org, self.role.value]

    @classmethod
    def parse(cls, value: object) -> GrantRole:
        f = Fields(value, "role", 2)
        return cls(f.name("org"), parse_binding_role(f.text("role")))


@dataclass(frozen=True, slots=True)
class RoleVote:
    """A founder's vote for an org's role, by one of its owners."""

    founder: str
    member: str
    time: UtcMillis

    def fields(self) -> list[Value]:
        return [self.founder, self.member, self.time]

    @classmethod
    def parse(cls, value: object) -> RoleVote:
        f = Fields(value, "role record: vote", 3)
        return cls(f.name("founder"), f.name("member"), f.uint("time"))


_WEAK_TO_STRONG = (Basis.SINGLE_FOUNDER, Basis.INDEPENDENT_MAJORITY)

Strength: TypeAlias = tuple[int, ...]
"""How much an org's word counts about another org: of two, the greater is the stronger. An org's own word: ()."""


@dataclass(frozen=True, slots=True)
class Authority:
    """By what authority an org binds others: who admitted it, and which orgs granted its role."""

    admitted_by: Admission
    granted_by: tuple[str, ...]
    basis: Basis

    def strength(self, owner: str) -> Strength:
        """How much the org's word counts about `owner`. Spec: docs/spec/passport.md, "The order of authority"."""
        return (
            self.admitted_by != owner,
            self.granted_by != (owner,),
            _WEAK_TO_STRONG.index(self.basis),
            self.admitted_by is None,
        )

    def fields(self) -> list[Value]:
        return [admission_value(self.admitted_by), list(self.granted_by), self.basis.value]

    @classmethod
    def read(cls, f: Fields) -> Authority | None:
        """Read the next three fields; None if the last one is null, and then the others are null and empty."""
        admitted_by = parse_admission(f.raw(), "authority")
        granted_by = f.each("granting orgs", lambda value: _org(value, "granting org"), FOUNDER_LIMIT)
        basis = f.optional(parse_basis)
        if (basis is None) != (not granted_by) or (basis is None and admitted_by is not None):
            raise Malformed("authority: granting orgs and basis are stated together or not at all")
        return None if basis is None else cls(admitted_by, granted_by, basis)


NO_AUTHORITY: tuple[Value, ...] = (None, [], None)
"""The fields where an org needs no authority, because it acts for itself."""


@dataclass(frozen=True, slots=True)
class OrgRole:
    """An org's role in the state, with the votes for it; the org holds it from `granted_at` on."""

    org: str
    role: Role
    votes: tuple[RoleVote, ...]
    granted_at: UtcMillis | None
    basis: Basis

    @property
    def granted(self) -> bool:
        return self.granted_at is not None

    @property
    def voters(self) -> tuple[str, ...]:
        return tuple(vote.founder for vote in self.votes)

    def to_bytes(self) -> bytes:
        votes: list[Value] = [vote.fields() for vote in self.votes]
        return encode([FORMAT, self.org, self.role.value, votes, self.granted_at, self.basis.value])

    @classmethod
    def from_bytes(cls, raw: bytes) -> OrgRole:
        f = Fields.versioned(decode(raw, "role record"), "role record", 6)
        org, role = f.name("org"), parse_binding_role(f.text("role"))
        votes, granted_at = f.each("votes", RoleVote.parse, FOUNDER_LIMIT), f.optional(_time)
        return cls(org, role, votes, granted_at, parse_basis(f.text("basis")))


def parse_binding_role(text: str) -> Role:
    """The role with this name; raises Malformed unless it is one of `BINDING_ROLES`."""
    role = parse_role(text)
    if role not in BINDING_ROLES:
        raise Malformed(f"role {text!r} is not one of an org: {' or '.join(each.value for each in BINDING_ROLES)}")
    return role


def parse_basis(value: object) -> Basis:
    try:
        return Basis(value)
    except ValueError:
        raise Malformed(f"unknown basis {value!r}") from None


def _org(value: object, field: str) -> str:
    if type(value) is not str:
        raise Malformed(f"authority: {field} is not a text")
    return check_name(value, f"authority: {field}")


def _time(value: object) -> UtcMillis:
    if type(value) is not int or value < 0:
        raise Malformed("role record: granted at is not a time")
    return value
