"""Orgs, and members with their roles and keys.

org body     = [org, title, first member]        first member = [name, role, suite, key]
member body  = [name, role, suite, key]
remove body  = [name]
rekey body   = [name, suite, key]
org record    = [2, org, title, admitted by | null, height, time]
member record = [2, org, name, role, suite, key, height, time]
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from veriwatt.crypto.signing import PublicKey
from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.model.members.registered_key import key_fields, read_new_key, read_registered_key
from veriwatt.model.points.id_text import check_title
from veriwatt.units import UtcMillis

TITLE_LIMIT = 200


class Role(Enum):
    """What a member may sign; docs/spec/transaction.md lists the roles that each transaction needs."""

    OWNER = "owner"
    OPERATOR = "operator"
    METROLOGY = "metrology"
    REGULATOR = "regulator"
    READER = "reader"


@dataclass(frozen=True, slots=True)
class NewMember:
    """A member in a transaction or the genesis, which names its org elsewhere."""

    name: str
    role: Role
    key: PublicKey

    def fields(self) -> list[Value]:
        return [self.name, self.role.value, *key_fields(self.key)]

    @classmethod
    def parse(cls, value: object) -> NewMember:
        f = Fields(value, "member", 4)
        return cls(f.name("name"), parse_role(f.text("role")), read_new_key(f))


@dataclass(frozen=True, slots=True)
class AddOrg:
    """Body of kind "org": a new org with its first member, who will add the others."""

    kind: ClassVar[str] = "org"
    org: str
    title: str
    first: NewMember

    def fields(self) -> list[Value]:
        return [self.org, self.title, self.first.fields()]

    @classmethod
    def parse(cls, value: object) -> AddOrg:
        f = Fields(value, "org", 3)
        return cls(f.name("org"), check_title(f.text("title", TITLE_LIMIT), "org: title"), NewMember.parse(f.raw()))


@dataclass(frozen=True, slots=True)
class AddMember:
    """Body of kind "member": a new member of the signer's org."""

    kind: ClassVar[str] = "member"
    member: NewMember

    def fields(self) -> list[Value]:
        return self.member.fields()

    @classmethod
    def parse(cls, value: object) -> AddMember:
        return cls(NewMember.parse(value))


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Body of kind "remove": a member of the signer's org is no member from then on."""

    kind: ClassVar[str] = "remove"
    name: str

    def fields(self) -> list[Value]:
        return [self.name]

    @classmethod
    def parse(cls, value: object) -> RemoveMember:
        return cls(Fields(value, "remove", 1).name("name"))


@dataclass(frozen=True, slots=True)
class RekeyMember:
    """Body of kind "rekey": the key by which a member of the signer's org signs from then on."""

    kind: ClassVar[str] = "rekey"
    name: str
    key: PublicKey

    def fields(self) -> list[Value]:
        return [self.name, *key_fields(self.key)]

    @classmethod
    def parse(cls, value: object) -> RekeyMember:
        f = Fields(value, "rekey", 3)
        return cls(f.name("name"), read_new_key(f))


@dataclass(frozen=True, slots=True)
class Organisation:
    """An org in the state. `admitted_by` is the org whose owner added it, or None for a founder."""

    org: str
    title: str
    admitted_by: str | None
    height: int
    time: UtcMillis

    @property
    def founder(self) -> bool:
        return self.admitted_by is None

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.org, self.title, self.admitted_by, self.height, self.time])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Organisation:
        f = Fields.versioned(decode(raw, "org record"), "org record", 6)
        return cls(f.name("org"), f.text("title", TITLE_LIMIT), f.optional(_text), f.uint("height"), f.uint("time"))


@dataclass(frozen=True, slots=True)
class Member:
    """A member in the state, with the block that registered its key."""

    org: str
    name: str
    role: Role
    key: PublicKey
    height: int
    time: UtcMillis

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.org, self.name, self.role.value, *key_fields(self.key), self.height, self.time])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Member:
        f = Fields.versioned(decode(raw, "member record"), "member record", 8)
        org, name, role = f.name("org"), f.name("name"), parse_role(f.text("role"))
        return cls(org, name, role, read_registered_key(f), f.uint("height"), f.uint("time"))


def parse_role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise Malformed(f"unknown role {text!r}; roles: {' '.join(role.value for role in Role)}") from None


def _text(value: object) -> str:
    if type(value) is not str:
        raise Malformed("org record: admitted by is not a text")
    return value
