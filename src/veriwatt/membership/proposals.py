"""Propose, vote, and read proposals as people and programs are shown them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import encode
from veriwatt.errors import Corrupted, NotFound
from veriwatt.machine.decision_kinds import rules_of
from veriwatt.machine.governance import queries
from veriwatt.machine.state import StateRows
from veriwatt.machine.voting import Voting
from veriwatt.membership.member_client import MemberClient
from veriwatt.model.governance.decision import Decision
from veriwatt.model.governance.org_decisions import Admit, GrantOrgRole, Reinstate, RevokeOrgRole, Suspend
from veriwatt.model.governance.proposal import CastVote, Proposal, Propose, Result
from veriwatt.model.governance.rule_decisions import (
    ChangeParameters,
    ChangeValidators,
    CloseLedger,
    RegisterFactors,
    ScheduleUpgrade,
)
from veriwatt.model.ledger.transaction import CLIENT_ID_LENGTH
from veriwatt.ports.ledger import Ledger
from veriwatt.units import UtcMillis
from veriwatt.utc_text import utc_text


def propose(ledger: Ledger, owner: MemberClient, decision: Decision, text: str) -> Proposal:
    """Put a decision to the vote, with the yes of the owner's org; returns the proposal, which may be decided already.

    What the owner proposed before and is still open is not proposed again, but returned. Whoever did not learn whether
    a first call arrived may so repeat it, also while the ledger stands still: its transaction is the same one.

    Raises:
        LedgerRefused: the owner may not propose, or the decision could not be enacted.
    """
    if (before := open_proposal(ledger, owner, decision, text)) is not None:
        return before
    body = Propose(decision, text)
    named = encode([queries.agenda(ledger).count, body.kind, body.fields()])
    result = owner.submit_once(body, sha256(named)[:CLIENT_ID_LENGTH])
    with ledger.snapshot() as now:
        for number in range(queries.agenda(now).count, 0, -1):
            found = queries.proposal(now, number)
            if found is None or found.height < result.height:
                break
            if _is(found, owner, decision, text):
                return found
    raise Corrupted(f"the ledger took the proposal of {owner.org} in block {result.height} and has no record of it")


def open_proposal(ledger: Ledger, owner: MemberClient, decision: Decision, text: str) -> Proposal | None:
    """The proposal of this content that the owner made and that is open, if there is one."""
    time = ledger.next_time()
    with ledger.snapshot() as now:
        found = [proposal_of(now, each.number) for each in queries.agenda(now).open_at(time) if each.org == owner.org]
    return next((each for each in found if _is(each, owner, decision, text)), None)


def _is(proposal: Proposal, owner: MemberClient, decision: Decision, text: str) -> bool:
    made = (proposal.org, proposal.member, proposal.decision, proposal.text)
    return made == (owner.org, owner.member, decision, text)


def vote(ledger: Ledger, owner: MemberClient, proposal: Proposal, *, yes: bool) -> Proposal:
    """Cast the vote of the owner's org on a proposal as it was read; returns it with the vote, perhaps decided by it.

    Raises:
        LedgerRefused: the org has no vote on it, or has cast it; or the proposal is closed, or another one.
    """
    owner.submit(cast(proposal, yes=yes))
    return proposal_of(ledger, proposal.number)


def cast(proposal: Proposal, *, yes: bool) -> CastVote:
    return CastVote(proposal.number, proposal.digest, yes)


def proposal_of(rows: StateRows, number: int) -> Proposal:
    """The proposal of this number; raises NotFound."""
    found = queries.proposal(rows, number) if 0 < number < 1 << 63 else None
    if found is None:
        raise NotFound(f"there is no proposal {number}; `veriwatt ledger proposals` lists them")
    return found


def proposals(rows: StateRows) -> Iterator[Proposal]:
    """All proposals, the newest first."""
    for number in range(queries.agenda(rows).count, 0, -1):
        yield proposal_of(rows, number)


def voting_on(rows: StateRows, decision: Decision) -> Voting:
    """The orgs that may vote on a decision as the ledger is now, and how many yes it needs."""
    return rules_of(decision).voting(rows, decision)


def proposal_json(rows: StateRows, proposal: Proposal, now: UtcMillis) -> dict[str, Any]:
    """A proposal at the time `now`; voters and needed are those of now, and null once it is closed."""
    result, outcome = proposal.result_at(now), proposal.outcome
    voting = voting_on(rows, proposal.decision) if result is Result.OPEN else None
    return {
        "number": proposal.number,
        "org": proposal.org,
        "member": proposal.member,
        "kind": proposal.decision.kind,
        "decision": decision_json(proposal.decision),
        "text": proposal.text,
        "height": proposal.height,
        "time": utc_text(proposal.time),
        "expires": utc_text(proposal.expires),
        "result": result.value,
        "decided_height": None if outcome is None else outcome.height,
        "decided_at": None if outcome is None else utc_text(outcome.time),
        "why": None if outcome is None else outcome.code,
        "votes": [{"org": v.org, "member": v.member, "yes": v.yes, "time": utc_text(v.time)} for v in proposal.votes],
        "voters": None if voting is None else list(voting.voters),
        "needed": None if voting is None else voting.needed,
        "digest": proposal.digest.hex(),
    }


def decision_json(decision: Decision) -> dict[str, Any]:
    """The fields of a decision by their names."""
    match decision:
        case Admit():
            key = decision.first.key.raw.hex()
            owner = {"owner": decision.first.name, "key": key, "with_vote": decision.with_vote}
            return {"org": decision.org, "title": decision.title, **owner}
        case Suspend() | Reinstate():
            return {"org": decision.org}
        case GrantOrgRole() | RevokeOrgRole():
            return {"org": decision.org, "role": decision.role.value}
        case RegisterFactors():
            return {"digest": decision.digest.hex(), "name": decision.name, "in_force": decision.in_force}
        case ChangeValidators():
            return {"validators": [{"key": each.key.raw.hex(), "power": each.power} for each in decision.changes]}
        case ChangeParameters():
            return {"parameters": dict(decision.values.stated)}
        case ScheduleUpgrade():
            return {"height": decision.height, "machine_version": decision.version}
        case CloseLedger():
            return {"digest": decision.plan.hex()}
    raise TypeError(f"no words for a decision {decision.kind}")
