"""Rate limits: each payer has a bucket of tokens that is refilled at a steady rate."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from veriwatt.api.errors import RateLimited

PAYERS = 10_000
"""Buckets stored at most; the one used least recently is dropped first."""


class Buckets:
    """A bucket of `burst` tokens for each payer, refilled by `rate` a second."""

    def __init__(self, what: str, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._rate, self._burst, self._clock = what, rate, burst, clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, payer: Hashable, tokens: float) -> None:
        """Take tokens from the payer's bucket; raises RateLimited when it is empty. The last call may overdraw it."""
        if self._left(payer) <= 0:
            raise RateLimited(self._what)
        self.spend(payer, tokens)

    def has(self, payer: Hashable) -> bool:
        """Whether `take` would succeed now."""
        return self._left(payer) > 0

    def spend(self, payer: Hashable, tokens: float) -> None:
        """Take further tokens, even from an empty bucket; a negative number gives back what was not used."""
        self._buckets[payer] = (self._left(payer) - tokens, self._clock())
        self._buckets.move_to_end(payer)
        if len(self._buckets) > PAYERS:
            self._buckets.popitem(last=False)

    def _left(self, payer: Hashable) -> float:
        left, since = self._buckets.get(payer, (self._burst, 0.0))
        return min(self._burst, left + (self._clock() - since) * self._rate)
