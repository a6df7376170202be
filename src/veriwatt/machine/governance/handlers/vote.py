"""vote: an owner casts the vote of its org on a proposal, once and for good.

The numbers are those of docs/spec/government.md, "Vote".
"""

from __future__ import annotations

from dataclasses import replace

from veriwatt.errors import Corrupted, Refused
from veriwatt.machine.decision_kinds import rules_of
from veriwatt.machine.events import Event
from veriwatt.machine.governance import queries
from veriwatt.machine.governance.count import count
from veriwatt.machine.members import queries as members
from veriwatt.machine.refusals import RecordExists, RecordNotFound
from veriwatt.machine.state import State, View
from veriwatt.model.governance.proposal import CastVote, OrgVote, Result
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role


class ProposalClosed(Refused):
    """A vote on a proposal that is decided, or whose time is over."""

    code = "proposal-closed"

    def __init__(self, number: int, result: Result) -> None:
        super().__init__(f"proposal {number} is {result.value}: propose it anew to have it decided again")
        self.number, self.result = number, result.value


class WrongProposal(Refused):
    """A vote for another content than the proposal of this number has."""

    code = "wrong-proposal"

    def __init__(self, number: int) -> None:
        super().__init__(f"proposal {number} is not the one that the vote is for: look at it again before you vote")
        self.number = number


class NotAVoter(Refused):
    """A vote of an org that has none on this proposal."""

    code = "not-a-voter"

    def __init__(self, org: str, number: int) -> None:
        super().__init__(f"{org} has no vote on proposal {number}")
        self.org, self.number = org, number


def check_alone(tx: Transaction[CastVote]) -> None:
    """No check: parsing checks the whole body."""


def check_against(tx: Transaction[CastVote], view: View) -> None:
    members.check_role(members.signer(view, tx.org, tx.member), "vote", Role.OWNER)  # 1
    number, found = tx.body.number, queries.proposal(view, tx.body.number)
    if found is None:  # 2
        raise RecordNotFound("proposal", str(number))
    if (result := found.result_at(view.block.time)) is not Result.OPEN:
        raise ProposalClosed(number, result)
    if tx.body.digest != found.digest:  # 3
        raise WrongProposal(number)
    if any(vote.org == tx.org for vote in found.votes):  # 4, the second half first: it looks at no other org
        raise RecordExists(f"the vote of {tx.org} on proposal", str(number))
    if not members.has_vote(view, tx.org) or tx.org not in rules_of(found.decision).voting(view, found.decision).voters:
        raise NotAVoter(tx.org, number)


def apply(tx: Transaction[CastVote], state: State) -> tuple[Event, ...]:
    found = queries.proposal(state, tx.body.number)
    if found is None:
        raise Corrupted(f"proposal {tx.body.number} is gone")
    vote = OrgVote(tx.org, tx.member, tx.body.yes, state.block.time)
    events = count(state, replace(found, votes=(*found.votes, vote)))
    return (Event("voted", tx.org, str(found.number)), *events)
