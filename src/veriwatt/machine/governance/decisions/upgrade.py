"""upgrade: the height from which on a later machine version executes the blocks; or that what is scheduled is not."""

from __future__ import annotations

from veriwatt.machine.decided import Decided
from veriwatt.machine.events import Event
from veriwatt.machine.governance import queries, state_keys
from veriwatt.machine.refusals import NotEnactable, RecordNotFound
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.machine.voting import Voting, voting_of_all
from veriwatt.model.governance.parameters import Parameter
from veriwatt.model.governance.rule_decisions import ScheduleUpgrade, Upgrade

NOTICE = 100
"""The least blocks between the decision and the height of the upgrade."""


def voting(rows: StateRows, decision: ScheduleUpgrade) -> Voting:  # noqa: ARG001 - one signature for all decisions
    return voting_of_all(rows, Parameter.CHARTER)


def check(view: View, decision: ScheduleUpgrade) -> None:
    if decision.cancels:
        if queries.upgrade(view) is None:
            raise RecordNotFound("scheduled", "upgrade")
        return
    what, least = f"an upgrade to machine version {decision.version}", view.block.height + NOTICE
    if decision.version <= MACHINE_VERSION:
        raise NotEnactable(what, f"the ledger is run by version {MACHINE_VERSION}")
    if decision.height < least:
        raise NotEnactable(what, f"height {decision.height} is too near; it is {least} at the least")


def enact(state: State, decision: ScheduleUpgrade, by: Decided) -> tuple[Event, ...]:
    if decision.cancels:
        state.delete(state_keys.UPGRADE)
        return (Event("upgrade-cancelled", "", ""),)
    state.put(state_keys.UPGRADE, Upgrade(decision.height, decision.version, by.proposal).to_bytes())
    return (Event("upgrade-scheduled", "", str(decision.version)),)
