"""The results of the transactions that this process broadcast, when their blocks are final."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from threading import Condition

from veriwatt.ports.ledger import Result, ResultUnknown, Ticket
from veriwatt.units import SECOND

REMEMBERED = 1 << 16


class AwaitedResults:
    """The results of the newest `REMEMBERED` tickets, None while a result is awaited. Callable from many threads."""

    def __init__(self) -> None:
        self._results, self._changed = dict[Ticket, Result | None](), Condition()

    def expect(self, tickets: Iterable[Ticket]) -> None:
        """Await the results of these tickets, also of those that have one, unless it is "ok": that stays."""
        with self._changed:
            for ticket in tickets:
                known = self._results.pop(ticket, None)
                self._results[ticket] = known if known is not None and known.ok else None
            for ticket in list(islice(self._results, max(len(self._results) - REMEMBERED, 0))):
                del self._results[ticket]

    def expects(self, ticket: Ticket) -> bool:
        with self._changed:
            return ticket in self._results

    def settle(self, results: Iterable[tuple[Ticket, Result]]) -> None:
        """Give the results of tickets; those that nobody expects are left out.

        An "ok" is final: *in a relay's bundle the transaction comes again, later than its expiry*.
        """
        with self._changed:
            for ticket, result in results:
                known = self._results.get(ticket)
                if ticket in self._results and not (known is not None and known.ok):
                    self._results[ticket] = result
            self._changed.notify_all()

    def of(self, ticket: Ticket, within: int) -> Result:
        """The result, within so many milliseconds; raises ResultUnknown if there is none, or it is not expected."""
        with self._changed:
            self._changed.wait_for(
                lambda: ticket not in self._results or self._results[ticket] is not None, within / SECOND
            )
            found = self._results.get(ticket)
        if found is None:
            raise ResultUnknown(ticket, within)
        return found
