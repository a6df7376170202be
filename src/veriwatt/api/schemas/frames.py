"""Answers to frames that terminals send."""
# ruff: noqa: D101 - a schema that its name explains needs no sentence

from __future__ import annotations

from pydantic import Field

from veriwatt.api.schemas.base import Schema


class FrameReceipt(Schema):
    """The log's promise: a signed checkpoint, and the path of the frame to its root."""

    note: str
    position: int
    path: list[str] = Field(description="hex, leaf to root (RFC 9162)")


class FrameAnswer(Schema):
    """What became of one frame, in the order in which they were sent."""

    code: str = Field(description='"accepted" (durable here), "known" (was in the chain before), or why it was refused')
    why: str | None
    position: int | None
    anchored: int | None = Field(description="frames of the chain on the ledger: those below this position are final")
    receipt: FrameReceipt | None


class FramesAnswer(Schema):
    frames: list[FrameAnswer]
