"""log: an owner or operator opens the org's data chain and registers the key that signs its checkpoints."""

from __future__ import annotations

from veriwatt.encoding import FORMAT, encode
from veriwatt.machine.anchors import queries, state_keys
from veriwatt.machine.events import Event
from veriwatt.machine.key_registry import check_key_free, register_key
from veriwatt.machine.members import queries as members
from veriwatt.machine.refusals import RecordExists
from veriwatt.machine.state import State, View
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.model.chain.anchor import OpenLog
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role
from veriwatt.model.members.registered_key import key_fields


def check_alone(tx: Transaction[OpenLog]) -> None:
    """No check: parsing checks the whole body."""


def check_against(tx: Transaction[OpenLog], view: View) -> None:
    members.check_role(members.signer(view, tx.org, tx.member), "open the data chain", Role.OWNER, Role.OPERATOR)
    if queries.log_key(view, tx.org) is not None:
        raise RecordExists("data chain of", tx.org)
    check_key_free(view, tx.body.key)


def apply(tx: Transaction[OpenLog], state: State) -> tuple[Event, ...]:
    state.put(state_keys.log_key_key(tx.org), encode([FORMAT, *key_fields(tx.body.key)]))
    for log in (state_keys.data_chain_key(tx.org), state_keys.anchors_key(tx.org)):
        state.ranges[log] = CompactRange.empty()
    register_key(state, tx.body.key, "log", tx.org, tx.org)
    return (Event("log-opened", tx.org, tx.org),)
