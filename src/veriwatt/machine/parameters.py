"""The parameters of the ledger in a state; those that nobody stated have their presets."""

from __future__ import annotations

from veriwatt.machine.state import StateRows
from veriwatt.model.governance.parameters import Parameter, Parameters
from veriwatt.model.ledger.state_keys import PARAMETERS


def parameters(rows: StateRows) -> Parameters:
    raw = rows.get(PARAMETERS)
    return Parameters() if raw is None else Parameters.from_bytes(raw)


def parameter(rows: StateRows, which: Parameter) -> int:
    return parameters(rows).value(which)
