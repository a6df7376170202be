"""org: an owner of a founding org adds an org and its first owner, who will add its other members."""

from __future__ import annotations

from veriwatt.errors import Malformed
from veriwatt.machine.events import Event
from veriwatt.machine.key_registry import check_key_free
from veriwatt.machine.lookalikes import ORGS, check_distinct
from veriwatt.machine.members import queries, registry
from veriwatt.machine.refusals import NotAllowed, RecordExists
from veriwatt.machine.state import State, View
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import AddOrg, Role


def check_alone(tx: Transaction[AddOrg]) -> None:
    if tx.body.first.role is not Role.OWNER:
        raise Malformed("org: the first member's role is not owner")


def check_against(tx: Transaction[AddOrg], view: View) -> None:
    who = queries.signer(view, tx.org, tx.member)
    queries.check_role(who, "add an org", Role.OWNER)
    own = queries.organisation(view, tx.org)
    if own is None or not own.founder:
        raise NotAllowed(org=tx.org, member=tx.member, role=who.role.value, what="add an org: its org is no founder")
    if queries.organisation(view, tx.body.org) is not None:
        raise RecordExists("org", tx.body.org)
    check_distinct(view, ORGS, tx.body.org)
    check_key_free(view, tx.body.first.key)


def apply(tx: Transaction[AddOrg], state: State) -> tuple[Event, ...]:
    registry.write_org(state, tx.body.org, tx.body.title, admitted_by=tx.org)
    registry.write_member(state, tx.body.org, tx.body.first)
    return (Event("org-added", tx.body.org, tx.body.org),)
