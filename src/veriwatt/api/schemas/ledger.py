"""Blocks, transactions, proposals and anchors. Times are RFC 3339 in UTC."""
# ruff: noqa: D101 - a schema that its name explains needs no sentence

from __future__ import annotations

from typing import Any

from pydantic import Field

from veriwatt.api.schemas.base import Schema


class BlockTransaction(Schema):
    """One transaction of a block; `body` is given for a single block only."""

    kind: str
    org: str
    member: str
    digest: str
    result: str
    why: str
    bytes: int
    expiry: int
    relay: str = Field(default="", description="ORG/MEMBER that brought it in a bundle")
    body: dict[str, Any] | None = None


class CarriedTransaction(BlockTransaction):
    place: int
    first_height: int | None = Field(description="the block that executed it before; null: by this bundle; 0: by none")


class BlockItem(BlockTransaction):
    """One item of a block: a transaction, or a bundle, whose kind is "bundle"."""

    place: int
    transactions: list[CarriedTransaction] | None = Field(description="those that a bundle carries")


class BlockSummary(Schema):
    height: int
    time: str
    hash: str
    app_hash: str
    signers: int
    transactions: list[BlockTransaction]


class BlocksAnswer(Schema):
    operator: str
    height: int = Field(description="the newest")
    blocks: list[BlockSummary]


class BlockAnswer(BlockSummary):
    operator: str
    before: str | None = Field(description="the hash of the block before")
    data_hash: str
    validators_hash: str
    proposer: str
    signed_power: int
    total_power: int
    newest: bool
    items: list[BlockItem]


class ProposalVote(Schema):
    org: str
    member: str
    yes: bool
    time: str


class ProposalDetails(Schema):
    number: int
    org: str
    member: str
    kind: str
    decision: dict[str, Any] = Field(description="the fields of the kind: docs/spec/government.md")
    text: str
    height: int
    time: str
    expires: str
    result: str = Field(description="open, expired, enacted, rejected or failed")
    decided_height: int | None
    decided_at: str | None
    why: str | None = Field(description="the code by which it failed")
    votes: list[ProposalVote]
    voters: list[str] | None = Field(description="the orgs that may vote on it now, while it is open")
    needed: int | None = Field(description="how many of them have to say yes")
    digest: str


class ProposalsAnswer(Schema):
    total: int
    proposals: list[ProposalDetails]


class DataChainAnchor(Schema):
    org: str
    index: int
    height: int
    time: str
    old_size: int
    new_size: int
    root: str
    manifest: str


class AnchorsAnswer(Schema):
    operator: str
    anchors: list[DataChainAnchor]
