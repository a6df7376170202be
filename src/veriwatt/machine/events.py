"""Events: the changes that executed transactions made, for clients of the ledger."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` names the change, `subject` the changed record of `org`; the details are in the state."""

    kind: str
    org: str
    subject: str
