"""close: the ledger ends with this block, and names the plan of the genesis of its one successor.

From then on no transaction is executed, so the state of the end is the newest for ever.
"""

from __future__ import annotations

from veriwatt.machine.decided import Decided
from veriwatt.machine.events import Event
from veriwatt.machine.governance import state_keys
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.voting import Voting, voting_of_all
from veriwatt.model.governance.parameters import Parameter
from veriwatt.model.governance.rule_decisions import CloseLedger
from veriwatt.model.ledger.predecessor import Closing


def voting(rows: StateRows, decision: CloseLedger) -> Voting:  # noqa: ARG001 - one signature for all decisions
    return voting_of_all(rows, Parameter.CHARTER)


def check(view: View, decision: CloseLedger) -> None:
    """No check: a ledger that is closed executes no proposal, and the machine does not see the plan."""


def enact(state: State, decision: CloseLedger, by: Decided) -> tuple[Event, ...]:
    block = state.block
    state.put(state_keys.CLOSING, Closing(decision.plan, by.proposal, block.height, block.time).to_bytes())
    return (Event("ledger-closed", "", decision.plan.hex()),)
