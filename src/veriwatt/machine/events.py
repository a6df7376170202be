"""Events: what executed transactions changed, for readers of the ledger."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` names the change, `subject` of `org` what was changed; the details are in the state."""

    kind: str
    org: str
    subject: str
