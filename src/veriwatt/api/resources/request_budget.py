"""The budget of strangers' requests: pages, their files, refusals, and all that no other budget is for.

What pays for itself is left to its own budget (`openapi.OWN_BUDGET`): a flood of pages from an address takes no frame
and no question from a terminal there.
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

STRANGERS: Final = "all strangers"


class RequestBudget:
    """What strangers may still ask."""

    def __init__(self) -> None:
        self._strangers = Buckets("requests of strangers", STRANGERS_REQUESTS_RATE, STRANGERS_REQUESTS_BURST)
        self._payers = Buckets("requests of one address or terminal", REQUESTS_RATE, REQUESTS_BURST)

    def charge(self, payer: Payer) -> None:
        """Charge a request before it is answered; raises RateLimited when the payer, or all strangers, spent theirs."""
        self._payers.take(payer, REQUEST_SECONDS)
        if not payer.proven:
            self._strangers.take(STRANGERS, REQUEST_SECONDS)
