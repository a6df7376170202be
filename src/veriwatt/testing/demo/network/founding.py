"""What the orgs of the network do through their own homes, beside their running nodes, before the first reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from veriwatt.cli.proposals import awaited_proposal
from veriwatt.errors import NotProven
from veriwatt.ledger.open_ledger import CopiedLedger
from veriwatt.membership.proposals import propose, vote
from veriwatt.model.governance.org_decisions import GrantOrgRole
from veriwatt.model.governance.proposal import Result
from veriwatt.model.members.organisation import Role
from veriwatt.node.home import Home
from veriwatt.testing.demo.consortium import METROLOGY

REASON = "certifies the terminals of the park"


@contextmanager
def opened(folder: Path, org: str) -> Iterator[Home]:
    """The home of an org, which its node yields meanwhile, with what the ledger has now."""
    with Home(folder / org) as home:
        if isinstance(home.ledger, CopiedLedger):
            home.ledger.bring_up_to_date()
        yield home


def grant_by_vote(folder: Path, orgs: Sequence[str]) -> tuple[str, ...]:
    """Let the first of these orgs propose the role of the metrology body, and the others vote until it is granted.

    Returns:
        The orgs that voted yes, in order.
    """
    first, *others = orgs
    with opened(folder, first) as home:
        decision = GrantOrgRole(METROLOGY, Role.METROLOGY)
        found = propose(home.ledger, home.member_client(first), decision, REASON)
    for org in others:
        if found.outcome is not None:
            break
        with opened(folder, org) as home:
            found = vote(home.ledger, home.member_client(org), awaited_proposal(home, found.number), yes=True)
    if found.outcome is None or found.outcome.result is not Result.ENACTED:
        raise NotProven(f"the orgs did not grant {METROLOGY} its role: {found.outcome}")
    return tuple(each.org for each in found.votes if each.yes)
