"""rekey: an owner, or the member itself, gives a member of the org another key in place of its present one.

What the member signed by the key before stays valid; from this block on that key signs nothing.
"""

from __future__ import annotations

from veriwatt.machine.events import Event
from veriwatt.machine.key_registry import check_key_free
from veriwatt.machine.members import queries, registry
from veriwatt.machine.refusals import RecordNotFound
from veriwatt.machine.state import State, View
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import NewMember, RekeyMember, Role


def check_alone(tx: Transaction[RekeyMember]) -> None:
    """No check: parsing checks the whole body."""


def check_against(tx: Transaction[RekeyMember], view: View) -> None:
    if tx.body.name != tx.member:
        queries.check_role(queries.signer(view, tx.org, tx.member), "rekey another member", Role.OWNER)
    if queries.member(view, tx.org, tx.body.name) is None:
        raise RecordNotFound("member", f"{tx.org}/{tx.body.name}")
    check_key_free(view, tx.body.key)


def apply(tx: Transaction[RekeyMember], state: State) -> tuple[Event, ...]:
    present = queries.signer(state, tx.org, tx.body.name)
    registry.write_member(state, tx.org, NewMember(present.name, present.role, tx.body.key))
    return (Event("member-rekeyed", tx.org, tx.body.name),)
