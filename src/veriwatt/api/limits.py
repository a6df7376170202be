"""What one peer may do in a while: buckets that fill again at a steady rate."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.requests import Request

from veriwatt.api.errors import RateLimited

PEERS = 10_000
"""Peers remembered; the one not heard of for longest is forgotten first."""


def peer_of(request: Request) -> str:
    """Who asks, as limits tell peers apart: the address that the request came from."""
    return request.client.host if request.client else ""


class Buckets:
    """A bucket of `burst` tokens for each peer, refilled by `rate` a second."""

    def __init__(self, what: str, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._rate, self._burst, self._clock = what, rate, burst, clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, peer: str, tokens: float) -> None:
        """Take tokens from the peer's bucket; raises RateLimited while it is empty. It may go below empty once."""
        if self._left(peer) <= 0:
            raise RateLimited(self._what)
        self.spend(peer, tokens)

    def spend(self, peer: str, tokens: float) -> None:
        """Take tokens whatever there is: what the peer did has cost more than was known when it asked."""
        self._held[peer] = (self._left(peer) - tokens, self._clock())
        self._held.move_to_end(peer)
        if len(self._held) > PEERS:
            self._held.popitem(last=False)

    def _left(self, peer: str) -> float:
        left, since = self._held.get(peer, (self._burst, 0.0))
        return min(self._burst, left + (self._clock() - since) * self._rate)
