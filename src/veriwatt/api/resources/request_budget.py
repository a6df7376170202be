"""The budget of strangers' requests: pages, their files, refusals, and all that no other budget is for.

What pays for itself is left to its own budget: a flood of pages from an address takes no frame and no question from a
terminal there.
"""

from __future__ import annotations

from typing import Final

from veriwatt.api.limits import Buckets
from veriwatt.api.resources.payer import Payer
from veriwatt.api.resources.policy import (
    REQUEST_SECONDS,
    REQUESTS_BURST,
    REQUESTS_RATE,
    STRANGERS_REQUESTS_BURST,
    STRANGERS_REQUESTS_RATE,
)

UNCHARGED: Final = frozenset(
    {
        ("GET", "/healthz"),
        ("POST", "/api/v1/frames"),
        ("POST", "/api/v1/frames/again"),
        ("POST", "/api/v1/verify"),
        ("GET", "/api/v1/frames/newest"),
        ("GET", "/api/v1/frames/anchored"),
        ("GET", "/api/v1/frames/consistency"),
        ("GET", "/api/v1/frames/number"),
        ("GET", "/api/v1/ledger/newest"),
        ("POST", "/api/v1/ledger/group-version"),
    }
)
"""Method and path of the open routes that charge by their own row of the policy, and of the question after the node's
health: whoever watches the node must not take a flood for its end."""

STRANGERS: Final = "all strangers"


class RequestBudget:
    """What strangers may still ask."""

    def __init__(self) -> None:
        self._strangers = Buckets("requests of strangers", STRANGERS_REQUESTS_RATE, STRANGERS_REQUESTS_BURST)
        self._addresses = Buckets("requests from one address", REQUESTS_RATE, REQUESTS_BURST)
        self._terminals = Buckets("requests of one terminal", REQUESTS_RATE, REQUESTS_BURST)

    def charge(self, payer: Payer) -> None:
        """Charge a request before it is answered; raises RateLimited when the payer, or all strangers, spent theirs."""
        if payer.proven:
            self._terminals.take(payer.name, REQUEST_SECONDS)
            return
        self._addresses.take(payer.name, REQUEST_SECONDS)
        self._strangers.take(STRANGERS, REQUEST_SECONDS)
