"""member: an owner adds a member to its own org."""

from __future__ import annotations

from veriwatt.machine.events import Event
from veriwatt.machine.key_registry import check_key_free
from veriwatt.machine.lookalikes import check_distinct, is_registered, members_of
from veriwatt.machine.members import queries, registry
from veriwatt.machine.refusals import RecordExists
from veriwatt.machine.state import State, View
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import AddMember, Role


def check_alone(tx: Transaction[AddMember]) -> None:
    """No check: parsing checks the whole body."""


def check_against(tx: Transaction[AddMember], view: View) -> None:
    queries.check_role(queries.signer(view, tx.org, tx.member), "add a member", Role.OWNER)
    new = tx.body.member
    if queries.member(view, tx.org, new.name) is not None:
        raise RecordExists("member", f"{tx.org}/{new.name}")
    if is_registered(view, members_of(tx.org), new.name):
        raise RecordExists("a removed member", f"{tx.org}/{new.name}")
    check_distinct(view, members_of(tx.org), new.name)
    check_key_free(view, new.key)


def apply(tx: Transaction[AddMember], state: State) -> tuple[Event, ...]:
    registry.write_member(state, tx.org, tx.body.member)
    return (Event("member-added", tx.org, tx.body.member.name),)
