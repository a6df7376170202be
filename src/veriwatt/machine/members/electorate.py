"""Who decides whether an org gets a role that binds others: the founders who are independent of it.

Two orgs are independent if the admission chain of neither, followed to a founder of the genesis, contains the other. A
founder's chain is the founder alone, so the founders in the candidate's chain are those that depend on it.
Spec: docs/spec/transaction.md, "Roles of orgs".
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.machine.members import queries
from veriwatt.machine.state import StateRows
from veriwatt.model.members.org_role import Basis


@dataclass(frozen=True, slots=True)
class Electorate:
    """The founders that may vote, sorted; `needed` of them grant the role."""

    voters: tuple[str, ...]
    needed: int
    basis: Basis


def electorate(founders: tuple[str, ...], chain: tuple[str, ...]) -> Electorate:
    """The electorate for a candidate with the admission chain `chain`; `founders` are sorted and not empty.

    A chain ends at one founder, so only a single founder leaves none that is independent: it grants alone.
    """
    independent = tuple(founder for founder in founders if founder not in chain)
    if independent:
        return Electorate(independent, len(independent) // 2 + 1, Basis.INDEPENDENT_MAJORITY)
    return Electorate(founders, 1, Basis.SINGLE_FOUNDER)


def electorate_for(rows: StateRows, candidate: str) -> Electorate:
    """The electorate for an org of the state."""
    orgs = {each.org: each.admitted_by for each in queries.organisations(rows)}
    founders = tuple(sorted(org for org, admitted_by in orgs.items() if admitted_by is None))
    chain, above = [candidate], orgs[candidate]
    while above is not None:
        chain.append(above)
        above = orgs[above]
    return electorate(founders, tuple(chain))
