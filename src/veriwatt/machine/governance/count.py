"""Count the votes for a proposal, as the state is now, and enact it with the vote that completes it.

The numbers are those of docs/spec/government.md, "Count".
"""

from __future__ import annotations

from dataclasses import replace

from veriwatt.errors import Corrupted, VeriwattError
from veriwatt.machine.decided import Decided
from veriwatt.machine.decision_kinds import rules_of
from veriwatt.machine.events import Event
from veriwatt.machine.governance import queries, state_keys
from veriwatt.machine.state import State
from veriwatt.model.governance.proposal import Outcome, Proposal, Result


def count(state: State, proposal: Proposal) -> tuple[Event, ...]:
    """Write the proposal, with its outcome if it has one now, and what it changes."""
    votes = {vote.org: vote for vote in proposal.votes}
    voters, needed = rules_of(proposal.decision).voting(state, proposal.decision)
    yes = tuple(vote for vote in proposal.votes if vote.yes and vote.org in voters)
    if len(yes) >= needed:  # 1
        return _decide(state, proposal, Decided(proposal.number, proposal.org, yes))
    if sum(org not in votes or votes[org].yes for org in voters) < needed:  # 2
        return _close(state, proposal, Result.REJECTED)
    state.put(state_keys.proposal_key(proposal.number), proposal.to_bytes())  # 3
    return ()


def _decide(state: State, proposal: Proposal, by: Decided) -> tuple[Event, ...]:
    rules = rules_of(proposal.decision)
    try:
        rules.check(state, proposal.decision)
    except Corrupted:
        raise
    except VeriwattError as refusal:
        return _close(state, proposal, Result.FAILED, refusal.code)
    events = rules.enact(state, proposal.decision, by)
    return (*_close(state, proposal, Result.ENACTED), *events)


def _close(state: State, proposal: Proposal, result: Result, code: str | None = None) -> tuple[Event, ...]:
    outcome = Outcome(result, state.block.height, state.block.time, code)
    state.put(state_keys.proposal_key(proposal.number), replace(proposal, outcome=outcome).to_bytes())
    agenda = queries.agenda(state)
    rest = tuple(each for each in agenda.proposals if each.number != proposal.number)
    state.put(state_keys.AGENDA, replace(agenda, proposals=rest).to_bytes())
    return (Event(f"proposal-{result.value}", proposal.org, str(proposal.number)),)
