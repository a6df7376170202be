"""What a proposal puts to the vote: one decision.

    decision = [kind, field ...]

Every kind has a record here; `machine/decision_kinds.py` has their rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol, Self

from veriwatt.encoding import Value
from veriwatt.errors import Malformed
from veriwatt.model.governance.org_decisions import Admit, GrantOrgRole, Reinstate, RevokeOrgRole, Suspend
from veriwatt.model.governance.rule_decisions import (
    ChangeParameters,
    ChangeValidators,
    CloseLedger,
    RegisterFactors,
    ScheduleUpgrade,
)


class Decision(Protocol):
    """One kind of decision: a frozen record with the name of the kind."""

    kind: ClassVar[str]

    def fields(self) -> list[Value]: ...

    @classmethod
    def parse(cls, value: object) -> Self:
        """Parse the fields after the kind; raises Malformed for any other shape."""
        ...


_TYPES: tuple[type[Decision], ...] = (
    Admit,
    Suspend,
    Reinstate,
    GrantOrgRole,
    RevokeOrgRole,
    RegisterFactors,
    ChangeValidators,
    ChangeParameters,
    ScheduleUpgrade,
    CloseLedger,
)
DECISIONS: Mapping[str, type[Decision]] = {each.kind: each for each in _TYPES}


def decision_fields(decision: Decision) -> list[Value]:
    return [decision.kind, *decision.fields()]


def parse_decision(value: object) -> Decision:
    """The decision in a decoded value; raises Malformed."""
    if not isinstance(value, list) or not value or type(value[0]) is not str:
        raise Malformed("decision: it is no array that begins with a kind")
    if value[0] not in DECISIONS:
        raise Malformed(f"decision: unknown kind {value[0][:32]!r}; known: {' '.join(DECISIONS)}")
    return DECISIONS[value[0]].parse(value[1:])
