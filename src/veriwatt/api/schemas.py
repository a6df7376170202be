"""The shapes of answers, for OpenAPI. Times are RFC 3339, quantities exact decimal strings; keys may be added."""
# ruff: noqa: D101 - a shape that its name explains needs no sentence

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Schema(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProblemDetails(Schema):
    """problem+json (RFC 9457); `type` names the stable code of the error, `values` are those in `detail`."""

    type: str
    title: str
    status: int
    detail: str
    values: dict[str, str | int]


class ReceiptShape(Schema):
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
    receipt: ReceiptShape | None


class FramesAnswer(Schema):
    frames: list[FrameAnswer]


class SessionRequest(Schema):
    secret: str = Field(max_length=256)


class SessionAnswer(Schema):
    session: str
    lasts: int = Field(description="seconds")


class ChainShape(Schema):
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
    orgs: list[ChainShape]


class MemberShape(Schema):
    name: str
    role: str
    key_id: str


class OrgShape(Schema):
    org: str
    title: str
    members: list[MemberShape]


class OrgsAnswer(Schema):
    orgs: list[OrgShape]


class SpanShape(Schema):
    start: str
    end: str


class PointShape(Schema):
    id: str
    org: str
    group: str
    energy: str
    unit: str
    kind: Literal["interval", "register", "instant"]
    slot: str
    timezone: str
    resolution: str
    parent: str | None
    data_code: str | None
    readings: SpanShape | None = Field(description="from the first known slot's start to the last one's end")


class PointsAnswer(Schema):
    points: list[PointShape]


class RowShape(Schema):
    """One period of a point; `value` null: no reading lies in it, which is never a zero."""

    point: str
    start: str
    end: str
    value: str | None
    unit: str
    expected: int
    measured: int
    estimated: int
    manual: int
    gap: int
    bridged: bool
    basis: str | None = None
    factor: str | None = None
    factor_year: int | None = None
    factor_source: str | None = None
    factor_confirmed: bool | None = None


class FactorShape(Schema):
    year: int = Field(description="the year asked for")
    basis: str
    factor: str
    factor_year: int = Field(description="the year of the factor: the newest published that is not after it")
    source: str
    confirmed: bool


class TotalShape(Schema):
    """The whole span as one period."""

    start: str
    end: str
    value: str | None
    unit: str
    expected: int
    measured: int
    estimated: int
    manual: int
    gap: int
    missing: int = Field(description="slots that no frame speaks of")
    permille: int | None = Field(description="measured of expected in whole thousandths, rounded down")
    bridged: bool
    factors: list[FactorShape]


class ColumnsShape(Schema):
    """The periods as a list of each figure; period i is from `edges[i]` to `edges[i + 1]`."""

    edges: list[str]
    unit: str
    value: list[str | None]
    expected: list[int]
    measured: list[int]
    estimated: list[int]
    manual: list[int]
    gap: list[int]
    bridged: list[bool]


class ConvertedShape(Schema):
    """The whole span in another measure; without factors when a year of it has none."""

    value: str | None
    unit: str
    factors: list[FactorShape]


class TotalsAnswer(Schema):
    org: str
    point: str
    every: str
    measure: str | None
    total: TotalShape
    also: dict[str, ConvertedShape]
    rows: list[RowShape] | None = Field(description="unless `form` is columns")
    columns: ColumnsShape | None = Field(description="when `form` is columns")


class CompletenessShape(Schema):
    point: str
    org: str
    expected: int
    measured: int
    estimated: int
    manual: int
    gap: int
    missing: int
    permille: int | None
    complete: bool


class CompletenessAnswer(Schema):
    start: str
    end: str
    points: list[CompletenessShape]


class CertificationShape(Schema):
    org: str
    member: str
    valid_from: str
    valid_until: str
    holds_now: bool
    by_own_org: bool


class RevocationShape(Schema):
    reason: str
    org: str
    since: str | None
    at_height: int
    at_time: str


class NewestFrameShape(Schema):
    epoch: int
    seq: int
    position: int
    window_end: str
    collected_at: str
    origin: str
    clock_source: str
    clock_uncertainty_ms: int


class TerminalShape(Schema):
    org: str
    terminal: str
    passport_version: int
    model: str
    firmware: str
    key_id: str
    suite: int
    protection: str
    enrolled_at: str
    certifications: list[CertificationShape]
    revocation: RevocationShape | None
    newest_frame: NewestFrameShape | None


class TerminalsAnswer(Schema):
    terminals: list[TerminalShape]


class TransactionShape(Schema):
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


class BlockShape(Schema):
    height: int
    time: str
    hash: str
    app_hash: str
    signers: int
    transactions: list[TransactionShape]


class BlocksAnswer(Schema):
    operator: str
    height: int = Field(description="the newest")
    blocks: list[BlockShape]


class BlockAnswer(BlockShape):
    operator: str


class AnchorShape(Schema):
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
    anchors: list[AnchorShape]


class FailedShape(Schema):
    step: int
    name: str
    why: str
    code: str = Field(description="of the error that the step met")
    values: dict[str, str | int] = Field(description="those in `why`")


class CaveatShape(Schema):
    code: str
    values: dict[str, str | int]


class StepShape(Schema):
    step: int
    name: str
    state: Literal["holds", "failed", "not reached"]


class TrustShape(Schema):
    fingerprint: str
    short: str
    source: str
    operator: str
    age: int = Field(description="milliseconds since the file was written")


class VerifyAnswer(Schema):
    verdict: Literal["proven", "consistent", "refused"]
    failed: FailedShape | None
    steps: list[StepShape]
    facts: dict[str, Any]
    caveats: list[str]
    caveat_codes: list[CaveatShape] = Field(description="the same caveats, for other languages")
    trust: TrustShape | None


class HealthAnswer(Schema):
    ok: bool
