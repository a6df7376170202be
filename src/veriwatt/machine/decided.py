"""By what a decision is enacted."""

from __future__ import annotations

from typing import NamedTuple

from veriwatt.model.governance.proposal import OrgVote


class Decided(NamedTuple):
    """The number of the proposal, the org that made it, and the votes for it that counted."""

    proposal: int
    org: str
    yes: tuple[OrgVote, ...]
