"""What a transaction made happen, for those who follow the ledger."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` says what happened, to `subject` of `org`; the state holds the rest."""

    kind: str
    org: str
    subject: str
