"""The explorer: how the ledger stands, transactions by digest, frames, checks step by step, findings of a search."""
# ruff: noqa: D101 - a schema that its name explains needs no sentence

from __future__ import annotations

from pydantic import Field

from veriwatt.api.schemas.base import Schema
from veriwatt.api.schemas.ledger import BlockItem


class LedgerRate(Schema):
    blocks: int = Field(description="the newest blocks that it is counted over")
    since: str = Field(description="the time of the oldest of them")
    transactions: int
    per_minute: str = Field(description="from then to now")


class LedgerValidator(Schema):
    address: str
    public_key: str
    org: str = Field(description="that answers for it; empty where none is named")
    power: int
    signed: int = Field(description="of the blocks before the newest")
    of: int = Field(description="the blocks before the newest, counted, of which it is a validator")
    missing: bool = Field(description="its vote is in none of the newest few")
    misbehaved: bool = Field(description="the ledger has recorded misbehaviour of it")


class ValidatorMisbehaviour(Schema):
    address: str
    public_key: str | None = Field(description="null where the ledger's validators are fixed")
    org: str = Field(description="that answers for it; empty where none is named")
    kind: str = Field(description="duplicate-vote or light-client-attack")
    height: int = Field(description="at which it misbehaved")
    time: str = Field(description="of the block of that height")
    power: int = Field(description="its own, at that height")
    total_power: int
    recorded_height: int = Field(description="of the block that proves it")
    recorded_time: str


class Alarm(Schema):
    code: str = Field(
        description="disk-full, ledger-stale, ledger-halted, head-stale, validators-missing or validator-misbehaved"
    )
    values: dict[str, str | int]


class AlarmsAnswer(Schema):
    alarms: list[Alarm]


class ValidatorsAnswer(Schema):
    signed_in: int
    total_power: int
    validators: list[LedgerValidator]
    misbehaviour: list[ValidatorMisbehaviour] = Field(description="of validators, present and former")


class LedgerAnswer(ValidatorsAnswer):
    chain_id: str
    operator: str
    height: int
    time: str
    now: str
    app_hash: str
    root_log_size: int
    rate: LedgerRate
    alarms: list[Alarm]


class TransactionAnswer(BlockItem):
    height: int
    time: str
    hash: str = Field(description="of its block")
    item: int = Field(description="the place in the block of it, or of the bundle that carries it")
    bundle: str | None = Field(description="the digest of the bundle that carries it")
    raw: str = Field(description="its bytes as sent, in hexadecimal")


class CheckStep(Schema):
    step: int
    name: str
    state: str = Field(description="holds, failed, or open: the next header is not there yet")
    found: dict[str, str | int] = Field(description="what was compared")
    code: str | None
    why: str | None
    values: dict[str, str | int]


class CheckAnswer(Schema):
    outcome: str = Field(description="the worst state of a step")
    steps: list[CheckStep]


class FrameAnchor(Schema):
    index: int
    height: int
    time: str
    old_size: int
    new_size: int
    root: str
    manifest: str
    transaction: str | None


class GroupOfFrame(Schema):
    group: str
    version: int
    points: int
    slots: int
    named: list[str] = Field(description="the first of its points")
    replaces: list[str]


class FrameDetails(Schema):
    org: str
    position: int
    frame: str
    leaf: str
    terminal: str
    passport_version: int
    epoch: int
    seq: int
    window_start: str
    window_end: str
    collected_at: str
    origin: str
    clock_source: str
    clock_uncertainty_ms: int
    bytes: int
    frames: int = Field(description="the frames of its data chain")
    groups: list[GroupOfFrame]
    anchor: FrameAnchor | None


class FrameOfSlot(Schema):
    position: int
    terminal: str
    epoch: int
    seq: int
    anchored: bool


class SlotAnswer(Schema):
    org: str
    point: str
    start: str
    frames: list[FrameOfSlot] = Field(description="that state the slot, the newest first: it is in force")


class Finding(Schema):
    kind: str = Field(description="block, block-at, state, transaction, bundle, org, terminal, point, frame or slot")
    address: str = Field(description="the path of its page")
    org: str | None
    name: str | None
    height: int | None
    time: str | None
    position: int | None
    hash: str | None


class SearchAnswer(Schema):
    query: str
    meant: list[str] = Field(description="what it was looked for as: height, hash, frame, time, slot, name")
    more: bool
    found: list[Finding]
