"""node: an owner registers a node of its org, or changes what is registered; without an address it is withdrawn."""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.machine.events import Event
from veriwatt.machine.lookalikes import check_distinct, nodes_of, write_name
from veriwatt.machine.members import queries, state_keys
from veriwatt.machine.refusals import RecordExists
from veriwatt.machine.state import State, View
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.node_record import NodeRecord, RegisterNode
from veriwatt.model.members.organisation import Role

MOST_NODES = 16
"""Nodes of one org, withdrawn ones included: their names stay."""


class TooManyNodes(Refused):
    """An org registers more nodes than it may; one that is withdrawn can be registered anew."""

    code = "too-many-nodes"

    def __init__(self, org: str) -> None:
        super().__init__(f"{org} has {MOST_NODES} nodes on the ledger, and no more are registered; reuse a name")
        self.org = org


def check_alone(tx: Transaction[RegisterNode]) -> None:
    """No check: parsing checks the whole body."""


def check_against(tx: Transaction[RegisterNode], view: View) -> None:
    queries.check_role(queries.signer(view, tx.org, tx.member), "register a node", Role.OWNER)
    present = queries.node(view, tx.org, tx.body.name)
    if present is not None and present.node == tx.body:
        raise RecordExists("node", f"{tx.org}/{tx.body.name}")
    check_distinct(view, nodes_of(tx.org), tx.body.name)
    if present is None and sum(1 for _ in queries.nodes(view, tx.org)) >= MOST_NODES:
        raise TooManyNodes(tx.org)


def apply(tx: Transaction[RegisterNode], state: State) -> tuple[Event, ...]:
    record = NodeRecord(tx.org, tx.body, state.block.height, state.block.time)
    state.put(state_keys.node_key(tx.org, tx.body.name), record.to_bytes())
    write_name(state, nodes_of(tx.org), tx.body.name)
    return (Event("node-registered", tx.org, tx.body.name),)
