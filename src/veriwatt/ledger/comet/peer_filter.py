"""Which nodes CometBFT stays connected to: those of the settings, and those that orgs registered on the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable

LOOK_EVERY = 10
"""Seconds from one look at the ledger's records to the next: strangers may knock as often as they like."""


class PeerFilter:
    """Decides by a node's id, which the node has proven to CometBFT. One thread calls it."""

    def __init__(
        self,
        configured: frozenset[str],
        registered: Callable[[], frozenset[str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`registered` reads the ids on the ledger; those in `configured` are let in whatever it says."""
        self._configured, self._read, self._clock = configured, registered, clock
        self._registered, self._looked = frozenset[str](), float("-inf")

    def admits(self, node_id: str) -> bool:
        if node_id in self._configured:
            return True
        now = self._clock()
        if now - self._looked >= LOOK_EVERY:
            self._registered, self._looked = self._read(), now
        return node_id in self._registered
