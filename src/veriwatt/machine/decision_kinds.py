"""The registry of decisions: the rules of each kind that `model/governance/decision.py` lists.

A new kind needs its record there, a file of rules in the component whose records it changes, and one line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

from veriwatt.machine.decided import Decided
from veriwatt.machine.events import Event
from veriwatt.machine.governance.decisions import close, factors, parameters, upgrade, validators
from veriwatt.machine.members.decisions import admit, grant_role, reinstate, revoke_role, suspend
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.voting import Voting
from veriwatt.model.governance.decision import Decision
from veriwatt.model.governance.org_decisions import Admit, GrantOrgRole, Reinstate, RevokeOrgRole, Suspend
from veriwatt.model.governance.rule_decisions import (
    ChangeParameters,
    ChangeValidators,
    CloseLedger,
    RegisterFactors,
    ScheduleUpgrade,
)


class DecisionRules(Protocol):
    """The rules of one kind of decision; each is a module."""

    def voting(self, rows: StateRows, decision: Any) -> Voting:
        """The orgs that may vote on it as the state is, and how many yes it needs."""
        ...

    def check(self, view: View, decision: Any) -> None:
        """Raise an expected error unless it could be enacted now."""
        ...

    def enact(self, state: State, decision: Any, by: Decided) -> tuple[Event, ...]:
        """Write the changes; the check has passed, so an error here is a bug and stops the block."""
        ...


DECISION_RULES: Mapping[str, DecisionRules] = MappingProxyType(
    {
        Admit.kind: admit,
        Suspend.kind: suspend,
        Reinstate.kind: reinstate,
        GrantOrgRole.kind: grant_role,
        RevokeOrgRole.kind: revoke_role,
        RegisterFactors.kind: factors,
        ChangeValidators.kind: validators,
        ChangeParameters.kind: parameters,
        ScheduleUpgrade.kind: upgrade,
        CloseLedger.kind: close,
    }
)


def rules_of(decision: Decision) -> DecisionRules:
    return DECISION_RULES[decision.kind]
