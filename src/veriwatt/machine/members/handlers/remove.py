"""remove: an owner removes a member of its own org, itself included, unless no owner would be left.

What the member signed before stays valid. Its key and its name stay registered, so that no other member can have them.
"""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries, registry
from veriwatt.machine.refusals import RecordNotFound
from veriwatt.machine.state import State, View
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import RemoveMember, Role


class LastOwner(Refused):
    """The org's only owner: without it nobody could change the org's members again."""

    code = "last-owner"

    def __init__(self, org: str, member: str) -> None:
        super().__init__(f"{org}/{member} is the only owner of {org}; add another owner first")
        self.org, self.member = org, member


def check_alone(tx: Transaction[RemoveMember]) -> None:
    """No check: parsing checks the whole body."""


def check_against(tx: Transaction[RemoveMember], view: View) -> None:
    queries.check_role(queries.signer(view, tx.org, tx.member), "remove a member", Role.OWNER)
    gone = queries.member(view, tx.org, tx.body.name)
    if gone is None:
        raise RecordNotFound("member", f"{tx.org}/{tx.body.name}")
    owners = [each.name for each in queries.members(view, tx.org) if each.role is Role.OWNER]
    if owners == [gone.name]:
        raise LastOwner(tx.org, gone.name)


def apply(tx: Transaction[RemoveMember], state: State) -> tuple[Event, ...]:
    registry.remove_member(state, tx.org, tx.body.name)
    return (Event("member-removed", tx.org, tx.body.name),)
