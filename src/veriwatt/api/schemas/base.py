"""What every schema shares, and the answer to what goes wrong."""
# ruff: noqa: D101 - a schema that its name explains needs no sentence

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProblemDetails(Schema):
    """problem+json (RFC 9457); `type` names the stable code of the error, `values` are those in `detail`."""

    type: str
    title: str
    status: int
    detail: str
    values: dict[str, str | int]
