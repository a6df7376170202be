"""The line of ledgers that a state continues: whose frames and whose logs' names are its own."""

from __future__ import annotations

from veriwatt.machine.state import StateRows
from veriwatt.model.ledger.predecessor import Predecessor, log_chain_of, parse_line
from veriwatt.model.ledger.state_keys import PREDECESSORS


def line_of(rows: StateRows) -> tuple[Predecessor, ...]:
    """The ledgers before this one, the eldest first."""
    return parse_line(rows.get(PREDECESSORS))


def log_chain(rows: StateRows, chain: str) -> str:
    """The chain id in the names of the data-chain logs of the ledger whose id is `chain`."""
    return log_chain_of(chain, line_of(rows))


def is_of_line(rows: StateRows, found: str, chain: str) -> bool:
    """Whether what was signed for ledger `found` was signed for the ledger `chain`, or for one that it continues."""
    return found == chain or any(each.chain_id == found for each in line_of(rows))
