"""enrol: an owner or operator registers a terminal of its own org with its key."""

from __future__ import annotations

from veriwatt.crypto.signing import verify_signature
from veriwatt.machine.events import Event
from veriwatt.machine.key_registry import check_key_free, register_key
from veriwatt.machine.lookalikes import check_distinct, terminals_of, write_name
from veriwatt.machine.members import queries as members
from veriwatt.machine.refusals import RecordExists
from veriwatt.machine.state import State, View
from veriwatt.machine.terminals import queries, state_keys
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.enrolment import Enrol, enrolment_bytes
from veriwatt.model.terminals.passport import KeyPeriod, Passport


def check_alone(tx: Transaction[Enrol]) -> None:
    body = tx.body
    proven = enrolment_bytes(tx.chain, tx.org, body.terminal, body.key)
    verify_signature(body.key, proven, body.proof, f"the enrolment of {body.terminal}")


def check_against(tx: Transaction[Enrol], view: View) -> None:
    who = members.signer(view, tx.org, tx.member)
    members.check_role(who, "enrol a terminal", Role.OWNER, Role.OPERATOR)
    if queries.passport(view, tx.org, tx.body.terminal) is not None:
        raise RecordExists("terminal", f"{tx.org}/{tx.body.terminal}")
    check_distinct(view, terminals_of(tx.org), tx.body.terminal)
    check_key_free(view, tx.body.key)


def apply(tx: Transaction[Enrol], state: State) -> tuple[Event, ...]:
    body = tx.body
    keys = (KeyPeriod(body.key, body.protection, state.block.time),)
    passport = Passport(1, tx.org, body.terminal, keys, body.model, body.firmware)
    state.put(state_keys.passport_key(tx.org, body.terminal), passport.to_bytes())
    write_name(state, terminals_of(tx.org), body.terminal)
    register_key(state, body.key, "terminal", tx.org, body.terminal)
    return (Event("terminal-enrolled", tx.org, body.terminal),)
