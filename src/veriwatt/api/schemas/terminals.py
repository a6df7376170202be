"""Terminals with their passports. Times are RFC 3339 in UTC."""
# ruff: noqa: D101 - a schema that its name explains needs no sentence

from __future__ import annotations

from veriwatt.api.schemas.base import Schema


class CertifierAuthority(Schema):
    admitted_by: str | None
    granted_by: list[str]
    basis: str


class TerminalCertification(Schema):
    org: str
    member: str
    valid_from: str
    valid_until: str
    holds_now: bool
    by_own_org: bool
    authority: CertifierAuthority | None


class LastFrame(Schema):
    epoch: int
    seq: int


class TerminalRetirement(Schema):
    org: str
    at_height: int
    at_time: str
    last_frame: LastFrame | None


class Answer(Schema):
    member: str
    time: str
    text: str


class TerminalReport(Schema):
    org: str
    member: str
    since: str
    at_height: int
    at_time: str
    answer: Answer | None


class NewestTerminalFrame(Schema):
    epoch: int
    seq: int
    position: int
    window_end: str
    collected_at: str
    origin: str
    clock_source: str
    clock_uncertainty_ms: int


class TerminalPassport(Schema):
    org: str
    terminal: str
    passport_version: int
    model: str
    firmware: str
    key_id: str
    suite: int
    protection: str
    enrolled_at: str
    certifications: list[TerminalCertification]
    retirement: TerminalRetirement | None
    report: TerminalReport | None
    equivocations: int
    newest_frame: NewestTerminalFrame | None


class TerminalsAnswer(Schema):
    terminals: list[TerminalPassport]
