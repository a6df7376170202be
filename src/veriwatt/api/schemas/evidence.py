"""The verdict on an evidence file."""
# ruff: noqa: D101 - a schema that its name explains needs no sentence

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from veriwatt.api.schemas.base import Schema


class FailedStep(Schema):
    step: int
    name: str
    why: str
    code: str = Field(description="of the error that the step met")
    values: dict[str, str | int] = Field(description="those in `why`")


class CaveatCode(Schema):
    code: str
    values: dict[str, str | int]


class StepState(Schema):
    step: int
    name: str
    state: Literal["holds", "failed", "not reached"]


class TrustFileUsed(Schema):
    fingerprint: str
    short: str
    source: str
    operator: str
    age: int = Field(description="milliseconds since the file was written")


class VerifyAnswer(Schema):
    verdict: Literal["proven", "consistent", "refused"]
    failed: FailedStep | None
    steps: list[StepState]
    facts: dict[str, Any]
    caveats: list[str]
    caveat_codes: list[CaveatCode] = Field(description="the same caveats, for other languages")
    trust: TrustFileUsed | None
