"""propose: an owner of an org that has a vote puts a decision to the vote; its org's own vote is yes.

The numbers are those of docs/spec/government.md, "Propose".
"""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.machine.decision_kinds import rules_of
from veriwatt.machine.events import Event
from veriwatt.machine.governance import queries, state_keys
from veriwatt.machine.governance.count import count
from veriwatt.machine.members import queries as members
from veriwatt.machine.parameters import parameter
from veriwatt.machine.refusals import NotAllowed, NotEnactable
from veriwatt.machine.state import State, View
from veriwatt.model.governance.parameters import Parameter
from veriwatt.model.governance.proposal import MOST_OPEN, Agenda, OpenProposal, OrgVote, Proposal, Propose
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role
from veriwatt.units import DAY


class TooManyProposals(Refused):
    """One more open proposal of an org than it may have."""

    code = "too-many-proposals"

    def __init__(self, org: str) -> None:
        super().__init__(
            f"{org} has {MOST_OPEN} open proposals, the most there may be; the next one waits for their end"
        )
        self.org = org


def check_alone(tx: Transaction[Propose]) -> None:
    """No check: parsing checks the whole body."""


def check_against(tx: Transaction[Propose], view: View) -> None:
    who, decision = members.signer(view, tx.org, tx.member), tx.body.decision
    members.check_role(who, "propose", Role.OWNER)  # 1
    if not members.has_vote(view, tx.org):
        raise NotAllowed(org=tx.org, member=tx.member, role=who.role.value, what="propose: its org has no vote")
    open_now = queries.agenda(view).open_at(view.block.time)
    if sum(each.org == tx.org for each in open_now) >= MOST_OPEN:  # 2
        raise TooManyProposals(tx.org)
    rules = rules_of(decision)
    rules.check(view, decision)  # 3
    voters, needed = rules.voting(view, decision)
    if len(voters) < needed:  # 4
        raise NotEnactable(
            f"the decision {decision.kind}", f"it needs {needed} votes, and {len(voters)} orgs may vote on it"
        )


def apply(tx: Transaction[Propose], state: State) -> tuple[Event, ...]:
    block, decision, agenda = state.block, tx.body.decision, queries.agenda(state)
    number, expires = agenda.count + 1, block.time + parameter(state, Parameter.VOTING_DAYS) * DAY  # 5
    still_open = agenda.open_at(block.time)
    state.put(state_keys.AGENDA, Agenda(number, (*still_open, OpenProposal(number, tx.org, expires))).to_bytes())
    own = OrgVote(tx.org, tx.member, yes=True, time=block.time)
    votes = (own,) if tx.org in rules_of(decision).voting(state, decision).voters else ()
    made = Proposal(number, tx.org, tx.member, decision, tx.body.text, block.height, block.time, expires, votes)
    return (Event("proposed", tx.org, str(number)), *count(state, made))
