"""Answers about the node: health, state, orgs, sign-in."""
# ruff: noqa: D101 - a schema that its name explains needs no sentence

from __future__ import annotations

from pydantic import Field

from veriwatt.api.schemas.base import Schema


class HealthAnswer(Schema):
    ok: bool
    failing: dict[str, str] = Field(default={}, description="work that fails now: code of its error")
    certificate_until: str | None = None


class SessionRequest(Schema):
    secret: str = Field(max_length=256)


class SessionAnswer(Schema):
    session: str
    name: str = Field(description="whom the link signed in")
    lasts: int = Field(description="seconds")


class ReaderAnswer(Schema):
    name: str | None
    until: str | None


class ChainProgress(Schema):
    org: str
    title: str
    frames: int = Field(description="accepted: durable in the data chain")
    anchored: int = Field(description="of them on the ledger")
    viewed: int = Field(description="of them in the readings view")
    unanchored_since: str | None


class StatusAnswer(Schema):
    version: str
    chain_id: str
    operator: str
    height: int
    time: str
    now: str
    orgs: list[ChainProgress]


class OrgMember(Schema):
    name: str
    role: str
    key_id: str


class RoleOfOrg(Schema):
    role: str
    granted_at: str | None
    votes: list[str]
    basis: str


class OrgWithMembers(Schema):
    org: str
    title: str
    admitted_by: str | None
    has_vote: bool
    suspended: bool
    admitted_height: int
    admitted_at: str
    roles: list[RoleOfOrg]
    members: list[OrgMember]


class OrgsAnswer(Schema):
    orgs: list[OrgWithMembers]
