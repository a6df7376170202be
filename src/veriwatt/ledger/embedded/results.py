"""The results of the transactions that this process broadcast, by ticket; the oldest are dropped."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from threading import Lock

from veriwatt.ports.ledger import Result, ResultUnknown, Ticket

REMEMBERED = 1 << 14


class BroadcastResults:
    """The newest `REMEMBERED` results, and all results of the newest broadcast. Callable from many threads."""

    def __init__(self) -> None:
        self._results, self._lock = dict[Ticket, Result](), Lock()

    def record(self, tickets: Sequence[Ticket], results: Sequence[Result]) -> None:
        """Record the results of a broadcast; an "ok" is final: *in a relay's bundle the transaction comes again, later

        than its expiry*.
        """
        with self._lock:
            for ticket, result in zip(tickets, results, strict=True):
                known = self._results.pop(ticket, None)
                self._results[ticket] = known if known is not None and known.ok else result
            surplus = len(self._results) - max(REMEMBERED, len(tickets))
            for ticket in list(islice(self._results, max(surplus, 0))):
                del self._results[ticket]

    def of(self, ticket: Ticket, within: int) -> Result:
        """The result; raises ResultUnknown for a ticket of another process, or one whose result was dropped."""
        with self._lock:
            found = self._results.get(ticket)
        if found is None:
            raise ResultUnknown(ticket, within)
        return found
