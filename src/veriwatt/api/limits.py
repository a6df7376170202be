"""Rate limits: each peer has a bucket of tokens that is refilled at a steady rate."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.requests import Request

from veriwatt.api.errors import RateLimited

PEERS = 10_000
"""Buckets stored at most; the one used least recently is dropped first."""


def peer_of(request: Request) -> str:
    """The peer whose limits a request counts against: the address that the guard charges."""
    return request.client.host if request.client else ""


class Buckets:
    """A bucket of `burst` tokens for each peer, refilled by `rate` a second."""

    def __init__(self, what: str, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._rate, self._burst, self._clock = what, rate, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, peer: str, tokens: float) -> None:
        """Take tokens from the peer's bucket; raises RateLimited when it is empty. The last call may overdraw it."""
        if self._left(peer) <= 0:
            raise RateLimited(self._what)
        self.spend(peer, tokens)

    def has(self, peer: str) -> bool:
        """Whether `take` would succeed now."""
        return self._left(peer) > 0

    def spend(self, peer: str, tokens: float) -> None:
        """Take further tokens, even from an empty bucket; a negative number gives back what was not used."""
        self._buckets[peer] = (self._left(peer) - tokens, self._clock())
        self._buckets.move_to_end(peer)
        if len(self._buckets) > PEERS:
            self._buckets.popitem(last=False)

    def _left(self, peer: str) -> float:
        left, since = self._buckets.get(peer, (self._burst, 0.0))
        return min(self._burst, left + (self._clock() - since) * self._rate)
