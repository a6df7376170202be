"""admit: an org is admitted with its first owner; with a vote, it is one of those that decide."""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.machine.decided import Decided
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries, registry
from veriwatt.machine.refusals import NotEnactable
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.voting import Voting, voting_of_all
from veriwatt.model.governance.org_decisions import Admit
from veriwatt.model.governance.parameters import Parameter
from veriwatt.model.governance.proposal import MOST_VOTERS


class TooManyVoters(Refused):
    """One more org that has a vote than a ledger lets have one."""

    code = "too-many-voters"

    def __init__(self, org: str) -> None:
        super().__init__(f"{org} gets no vote: {MOST_VOTERS} orgs of this ledger have one, the most there may be")
        self.org = org


def voting(rows: StateRows, decision: Admit) -> Voting:
    return voting_of_all(rows, Parameter.CHARTER if decision.with_vote else Parameter.ADMISSION)


def check(view: View, decision: Admit) -> None:
    registry.check_new_org(view, decision.org, decision.first)
    if decision.with_vote:
        if len(queries.seats(view)) >= MOST_VOTERS:
            raise TooManyVoters(decision.org)
        if voting(view, decision).needed == 1:
            raise NotEnactable(f"the admission of {decision.org} with a vote", "one org alone admits none with a vote")


def enact(state: State, decision: Admit, by: Decided) -> tuple[Event, ...]:
    orgs = tuple(vote.org for vote in by.yes)
    admitted_by = orgs if len(orgs) > 1 else orgs[0]
    registry.write_org(state, decision.org, decision.title, admitted_by, with_vote=decision.with_vote)
    registry.write_member(state, decision.org, decision.first)
    return (Event("org-added", decision.org, decision.org),)
