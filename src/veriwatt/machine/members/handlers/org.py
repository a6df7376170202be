"""org: an owner of an org that has a vote admits an org alone, with its first owner, who will add its other members.

Only where one vote suffices: on a ledger with one founder, or whose parameters say so. Else orgs propose it.
"""

from __future__ import annotations

from veriwatt.errors import Malformed
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries, registry
from veriwatt.machine.parameters import parameter
from veriwatt.machine.refusals import NotAllowed, NotVoted
from veriwatt.machine.state import State, View
from veriwatt.machine.voting import voting_of_all
from veriwatt.model.governance.parameters import Parameter
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import AddOrg, Role


def check_alone(tx: Transaction[AddOrg]) -> None:
    if tx.body.first.role is not Role.OWNER:
        raise Malformed("org: the first member's role is not owner")


def check_against(tx: Transaction[AddOrg], view: View) -> None:
    who = queries.signer(view, tx.org, tx.member)
    queries.check_role(who, "add an org", Role.OWNER)
    if not queries.has_vote(view, tx.org):
        raise NotAllowed(org=tx.org, member=tx.member, role=who.role.value, what="add an org: its org has no vote")
    if parameter(view, Parameter.ADMISSION) > 0 and (votes := voting_of_all(view, Parameter.ADMISSION).needed) > 1:
        raise NotVoted(org=tx.body.org, votes=votes)
    registry.check_new_org(view, tx.body.org, tx.body.first)


def apply(tx: Transaction[AddOrg], state: State) -> tuple[Event, ...]:
    registry.write_org(state, tx.body.org, tx.body.title, admitted_by=tx.org)
    registry.write_member(state, tx.body.org, tx.body.first)
    return (Event("org-added", tx.body.org, tx.body.org),)
