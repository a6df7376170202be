"""Blocks, transactions and anchors. Times are RFC 3339 in UTC."""
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
    body: dict[str, Any] | None = None


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
