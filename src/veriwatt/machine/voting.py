"""The orgs that may vote on a decision, and how many of them it needs. Spec: docs/spec/government.md."""

from __future__ import annotations

from typing import NamedTuple

from veriwatt.machine.members import queries
from veriwatt.machine.parameters import parameter
from veriwatt.machine.state import StateRows
from veriwatt.model.governance.parameters import Parameter, needed


class Voting(NamedTuple):
    """Those that may vote, in the order of their names, and how many of them have to say yes."""

    voters: tuple[str, ...]
    needed: int


def voting_of_all(rows: StateRows, share: Parameter) -> Voting:
    """All orgs that have a vote, by one of the shares."""
    voters = queries.voters(rows)
    return Voting(voters, needed(len(voters), parameter(rows, share)))
