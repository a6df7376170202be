"""`veriwatt ledger proposals` and `vote`: what the orgs are to decide, and what became of it."""

from __future__ import annotations

from time import monotonic, sleep
from typing import Annotated, Any

import typer

from veriwatt.cli.options import HomeOption
from veriwatt.cli.output import Json, answer
from veriwatt.errors import BadInput, NotFound
from veriwatt.home.ledger_engine import EmbeddedEngine
from veriwatt.membership.proposals import cast, decision_json, proposal_json, proposal_of, proposals, vote, voting_on
from veriwatt.model.governance.decision import Decision
from veriwatt.model.governance.org_decisions import Admit, GrantOrgRole, Reinstate, RevokeOrgRole, Suspend
from veriwatt.model.governance.proposal import Proposal, Result
from veriwatt.model.governance.rule_decisions import (
    ChangeParameters,
    ChangeValidators,
    CloseLedger,
    RegisterFactors,
    ScheduleUpgrade,
)
from veriwatt.node.home import Home

BEHIND = 12.0
"""Seconds that a node is behind another at most while both run well: a follower looks for a block each 10 s."""

_AGAIN = 0.2

Number = Annotated[int, typer.Argument(help="Its number, as `ledger proposals` shows it.", min=1, max=2**63 - 1)]
ByOption = Annotated[str, typer.Option("--by", help="The org that votes; this home's own org by default.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check and show it; nothing is submitted.")]


def list_(
    home: HomeOption,
    number: Annotated[
        int | None, typer.Argument(help="One of them alone; all by default.", min=1, max=2**63 - 1)
    ] = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only those that can be voted on now.")] = False,
    as_json: Json = False,
) -> None:
    """Show proposals, the newest first: what they would decide, in whose words, the votes, and the outcome."""
    with Home(home) as node, node.ledger.snapshot() as now:
        time = node.ledger.next_time()
        found = list(proposals(now)) if number is None else [proposal_of(now, number)]
        shown = [each for each in found if not only_open or each.result_at(time) is Result.OPEN]
        told = [(proposal_json(now, each, time), decision_text(each.decision)) for each in shown]
    result = {"proposals": [each for each, _ in told]}
    answer(result, as_json, lambda: "\n\n".join(proposal_text(*each) for each in told) or "no proposals")


def cast_vote(
    number: Number,
    yes_or_no: Annotated[str, typer.Argument(metavar="yes|no", help="The vote; it cannot be changed.")],
    home: HomeOption,
    by: ByOption = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Cast the vote of an org on a proposal, once and for good. The vote that completes it enacts it at once."""
    if yes_or_no not in ("yes", "no"):
        raise BadInput(where="yes|no", value=yes_or_no, why="no vote", remedy="write yes or no")
    yes = yes_or_no == "yes"
    with Home(home) as node:
        owner, found = node.member_client(by or node.settings.org), awaited_proposal(node, number)
        owner.check(cast(found, yes=yes))
        enacts = yes and _completes(node, found.decision, [v.org for v in found.votes if v.yes], owner.org)
        if not dry_run:
            found = vote(node.ledger, owner, found, yes=yes)
        told = proposal_json(node.ledger, found, node.ledger.next_time())
    result = {"by": owner.org, "yes": yes, "dry_run": dry_run, "enacts": enacts, "proposal": told}
    would = "would vote" if dry_run else "voted"
    end = "; that would enact it" if dry_run and enacts else ""
    head = f"{owner.org} {would} {yes_or_no} on proposal {number}{end}"
    answer(result, as_json, lambda: f"{head}\n{proposal_text(told, decision_text(found.decision))}")


def awaited_proposal(node: Home, number: int) -> Proposal:
    """The proposal; a node beside others may be some blocks behind the one at which it was just proposed."""
    until = monotonic() + (0 if isinstance(node.settings.engine, EmbeddedEngine) else BEHIND)
    while True:
        try:
            return proposal_of(node.ledger, number)
        except NotFound:
            if monotonic() >= until:
                raise
        sleep(_AGAIN)


def proposal_text(told: dict[str, Any], what: str) -> str:
    """A proposal for people, from its JSON."""
    votes = {yes: [v["org"] for v in told["votes"] if v["yes"] is yes] for yes in (True, False)}
    lines = [
        f"proposal {told['number']} of {told['org']}/{told['member']}, {told['time']}: {told['result']}",
        f"  decides  {what}",
        f"  text     {told['text']}",
        f"  yes      {', '.join(votes[True]) or 'nobody'}" + (f" ({told['needed']} needed)" if told["needed"] else ""),
        f"  no       {', '.join(votes[False]) or 'nobody'}",
    ]
    if told["result"] == Result.OPEN.value:
        waiting = [org for org in told["voters"] if org not in (*votes[True], *votes[False])]
        lines += [f"  waits    for {', '.join(waiting) or 'nobody'}, until {told['expires']}"]
    elif told["decided_at"] is not None:
        why = f": {told['why']}" if told["why"] else ""
        lines += [f"  outcome  {told['result']} in block {told['decided_height']}, {told['decided_at']}{why}"]
    return "\n".join(lines)


def decision_text(decision: Decision) -> str:
    """What a decision does, in a sentence."""
    told = decision_json(decision)
    match decision:
        case Admit():
            vote_too = ", with a vote" if decision.with_vote else ""
            return f"admit org {decision.org} ({decision.title}){vote_too}, owner's key {told['key']}"
        case Suspend():
            return f"suspend org {decision.org}: its anchors are refused, what was anchored stays"
        case Reinstate():
            return f"reinstate org {decision.org}"
        case GrantOrgRole():
            return f"{decision.org} gets the role {decision.role.value}, which binds other orgs"
        case RevokeOrgRole():
            return f"{decision.org} loses the role {decision.role.value}; what it certified stays"
        case RegisterFactors():
            return f"table of factors {decision.name}, {told['digest']}: {'in force' if decision.in_force else 'ends'}"
        case ChangeValidators():
            changes = [f"{v['key']} {'power ' + str(v['power']) if v['power'] else 'goes'}" for v in told["validators"]]
            return f"validators: {'; '.join(changes)}"
        case ChangeParameters():
            return "parameters: " + ", ".join(f"{name} {value}" for name, value in told["parameters"].items())
        case ScheduleUpgrade():
            if decision.cancels:
                return "cancel the upgrade that is scheduled"
            return f"machine version {decision.version} from block {decision.height} on; older ones stop there"
        case CloseLedger():
            return f"end this ledger for good; it goes on as the ledger with plan {told['digest']}"
    raise TypeError(f"no words for a decision {decision.kind}")


def _completes(node: Home, decision: Decision, yes: list[str], org: str) -> bool:
    voters, needed = voting_on(node.ledger, decision)
    return sum(each in voters for each in (*yes, org)) >= needed
