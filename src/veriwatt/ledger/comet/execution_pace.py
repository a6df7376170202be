"""How many transactions of a block this machine executes in the time that others' blocks may wait for it.

Kinds of transactions differ tenfold in what they cost, and a flood is made of dear ones. Every proposer goes by what
the newest blocks took of its own processor; no rule depends on it.
"""

from __future__ import annotations

EXECUTION = 0.3
"""Seconds of a processor for one block."""

LEAST = 256
"""Transactions that are proposed however long they take: four bundles."""

COUNTS_FROM = 64
"""Transactions of a block from which on its time says something."""


class ExecutionPace:
    """The seconds that a transaction takes: at once when they rise, by halves when they fall."""

    def __init__(self) -> None:
        self._each = 0.0

    def note(self, transactions: int, seconds: float) -> None:
        """Of a block that was executed."""
        if transactions >= COUNTS_FROM:
            each = seconds / transactions
            self._each = max(each, (self._each + each) / 2)

    def most(self, limit: int) -> int:
        """The transactions for the next block, `limit` at most."""
        if self._each * limit <= EXECUTION:
            return limit
        return min(limit, max(LEAST, int(EXECUTION / self._each)))
