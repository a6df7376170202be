"""Who decides: the orgs that have a vote, or those of them that are independent of the org concerned.

Two orgs are independent if the admission chain of neither contains the other. The chain of an org is the org and, if
one org alone admitted it, the chain of that one; so at most one org of a chain has a vote.
Spec: docs/spec/government.md, "Who votes"; docs/spec/transaction.md, "Roles of orgs".
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.machine.members import queries
from veriwatt.machine.parameters import parameter
from veriwatt.machine.state import StateRows
from veriwatt.machine.voting import Voting
from veriwatt.model.governance.parameters import Parameter, needed
from veriwatt.model.members.org_role import Basis


@dataclass(frozen=True, slots=True)
class Electorate:
    """The orgs that may vote on a role, sorted; `needed` of them grant or revoke it."""

    voters: tuple[str, ...]
    needed: int
    basis: Basis

    @property
    def voting(self) -> Voting:
        return Voting(self.voters, self.needed)


def electorate(voters: tuple[str, ...], chain: tuple[str, ...], share: int = Parameter.ORDINARY.preset) -> Electorate:
    """The electorate for a candidate with the admission chain `chain`; `voters` are sorted and not empty.

    Only on a ledger with one voter, its single founder, none is independent: it decides alone.
    """
    independent = tuple(org for org in voters if org not in chain)
    if independent:
        return Electorate(independent, needed(len(independent), share), Basis.INDEPENDENT_MAJORITY)
    return Electorate(voters, 1, Basis.SINGLE_FOUNDER)


def electorate_for(rows: StateRows, candidate: str) -> Electorate:
    """The electorate for an org of the state."""
    chain = admission_chain(rows, candidate)
    return electorate(queries.voters(rows), chain, parameter(rows, Parameter.ORDINARY))


def admission_chain(rows: StateRows, org: str) -> tuple[str, ...]:
    """The org, and those that admitted one another alone, up to one that no single org admitted."""
    chain, above = [org], queries.organisation(rows, org)
    while above is not None and isinstance(above.admitted_by, str):
        chain.append(above.admitted_by)
        above = queries.organisation(rows, above.admitted_by)
    return tuple(chain)
