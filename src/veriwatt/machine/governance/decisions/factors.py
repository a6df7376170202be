"""factors: a table of factors, named by its digest, comes into force, or ceases to be in force."""

from __future__ import annotations

from veriwatt.machine.decided import Decided
from veriwatt.machine.events import Event
from veriwatt.machine.governance import queries, state_keys
from veriwatt.machine.refusals import RecordExists, RecordNotFound
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.voting import Voting, voting_of_all
from veriwatt.model.governance.parameters import Parameter
from veriwatt.model.governance.rule_decisions import FactorsRecord, RegisterFactors


def voting(rows: StateRows, decision: RegisterFactors) -> Voting:  # noqa: ARG001 - one signature for all decisions
    return voting_of_all(rows, Parameter.ORDINARY)


def check(view: View, decision: RegisterFactors) -> None:
    found = queries.factors(view, decision.digest)
    in_force = found is not None and found.in_force
    if decision.in_force and in_force:
        raise RecordExists("table of factors", decision.digest.hex())
    if not decision.in_force and not in_force:
        raise RecordNotFound("table of factors in force", decision.digest.hex())


def enact(state: State, decision: RegisterFactors, by: Decided) -> tuple[Event, ...]:
    block = state.block
    record = FactorsRecord(decision.digest, decision.name, decision.in_force, by.proposal, block.height, block.time)
    state.put(state_keys.factors_key(decision.digest), record.to_bytes())
    return (Event("factors-in-force" if decision.in_force else "factors-ended", "", decision.digest.hex()),)
