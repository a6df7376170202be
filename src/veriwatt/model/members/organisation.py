"""Orgs, and members with their roles and keys.

org body     = [org, title, first member]        first member = [name, role, suite, key]
member body  = [name, role, suite, key]
remove body  = [name]
rekey body   = [name, suite, key]
org record    = [2, org, title, admitted by, height, time]                  of a founder, or admitted by one org alone
              | [2, org, title, [org, org ...], height, time, with a vote]   admitted by two orgs or more
member record = [2, org, name, role, suite, key, height, time]
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, TypeAlias

from veriwatt.crypto.signing import PublicKey
from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import check_name
from veriwatt.model.members.registered_key import key_fields, read_new_key, read_registered_key
from veriwatt.model.points.id_text import check_title
from veriwatt.units import UtcMillis

TITLE_LIMIT = 200

Admission: TypeAlias = "str | tuple[str, ...] | None"
"""Who admitted an org: one org alone, two or more by their votes, or None for a founder."""


_BY_VOTE = 7
"""Fields of an org record that says whether the org has a vote."""

_MOST_ADMITTING = 64


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
    """An org in the state; `with_vote` is true only of one that two orgs or more admitted so."""

    org: str
    title: str
    admitted_by: Admission
    height: int
    time: UtcMillis
    with_vote: bool = False

    @property
    def founder(self) -> bool:
        return self.admitted_by is None

    @property
    def votes(self) -> bool:
        """Whether it is one of the orgs that decide, while it is not suspended."""
        return self.founder or self.with_vote

    def to_bytes(self) -> bytes:
        by_vote: list[Value] = [self.with_vote] if isinstance(self.admitted_by, tuple) else []
        admitted_by = admission_value(self.admitted_by)
        return encode([FORMAT, self.org, self.title, admitted_by, self.height, self.time, *by_vote])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Organisation:
        value = decode(raw, "org record")
        by_vote = isinstance(value, list) and len(value) == _BY_VOTE
        f = Fields.versioned(value, "org record", _BY_VOTE if by_vote else _BY_VOTE - 1)
        org, title = f.name("org"), f.text("title", TITLE_LIMIT)
        admitted_by, height, time = parse_admission(f.raw(), "org record"), f.uint("height"), f.uint("time")
        if isinstance(admitted_by, tuple) != by_vote:
            raise Malformed(
                "org record: whether it has a vote is stated of one that several orgs admitted, and of no other"
            )
        return cls(org, title, admitted_by, height, time, by_vote and f.bool("with a vote"))


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


def admission_value(admitted_by: Admission) -> Value:
    """Who admitted an org, as a field."""
    return list(admitted_by) if isinstance(admitted_by, tuple) else admitted_by


def parse_admission(value: object, what: str) -> Admission:
    """Who admitted an org, from a field of the record `what`; raises Malformed."""
    if value is None:
        return None
    if not isinstance(value, list):
        return _admitting(value, what)
    names = tuple(_admitting(org, what) for org in value)
    if not 1 < len(names) <= _MOST_ADMITTING or len(dict.fromkeys(names)) != len(names):
        raise Malformed(f"{what}: admitted by are not 2 to {_MOST_ADMITTING} orgs, each once")
    return names


def _admitting(value: object, what: str) -> str:
    if type(value) is not str:
        raise Malformed(f"{what}: admitted by is not a text, nor an array of texts")
    return check_name(value, f"{what}: admitted by")


def admission_text(admitted_by: Admission) -> str:
    """Who admitted an org, for people; empty for a founder."""
    return ", ".join(admitted_by) if isinstance(admitted_by, tuple) else admitted_by or ""
