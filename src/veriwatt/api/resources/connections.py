"""The table of connections: caps in total and for each address. At a cap the connection that waits longest is closed.

Closing an old one instead of refusing the new one is what keeps the node open: a peer that fills the table with idle
connections, and a valid terminal of the same address, both get in, and whoever sends its request is served.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

from veriwatt.api.resources.policy import ADDRESS_SHARE, CROWDED


class Entrant(Protocol):
    """A connection as the table sees it."""

    @property
    def address(self) -> str:
        """The socket's own."""
        ...

    @property
    def waits(self) -> bool:
        """Whether the node waits for the peer; not while it works on a whole request."""
        ...

    @property
    def proven(self) -> bool:
        """Whether a frame that came on it was accepted."""
        ...

    def drop(self) -> None:
        """Close at once, without an answer."""
        ...


class Connections:
    """The open connections; used on the event loop."""

    def __init__(self, limit: int, proxies: Collection[str] = ()) -> None:
        """`limit` connections in total; those of the addresses `proxies` have no cap of their own."""
        self._limit, self._of_address, self._proxies = limit, max(1, limit // ADDRESS_SHARE), frozenset(proxies)
        self._by_address: dict[str, dict[Entrant, None]] = {}  # of each address, the one that waits longest first
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Entrant]:
        return iter([each for of_address in self._by_address.values() for each in of_address])

    def full(self, address: str) -> bool:
        """Whether another connection is closed for the next one of this address."""
        return self._taken(address) >= 1

    def crowded(self, address: str) -> bool:
        """Whether so many places are taken that a connection of this address may soon be closed for another one."""
        return self._taken(address) >= CROWDED

    def enter(self, entrant: Entrant) -> bool:
        """Let a connection in; at a cap another is closed for it. False when every one there is being served."""
        there = self._by_address.setdefault(entrant.address, {})
        if self._taken_of(entrant.address) >= 1:
            admitted = _close_one(there)
        elif self._count >= self._limit:
            admitted = _close_one(max(self._by_address.values(), key=len))
        else:
            admitted = True
        if admitted:
            self._by_address.setdefault(entrant.address, there)[entrant] = None
            self._count += 1
        elif not there:
            del self._by_address[entrant.address]
        return admitted

    def _taken(self, address: str) -> float:
        """The part of the places that are taken, of all or of this address."""
        return max(self._taken_of(address), self._count / self._limit)

    def _taken_of(self, address: str) -> float:
        there = 0 if address in self._proxies else len(self._by_address.get(address, ()))
        return there / self._of_address

    def began_to_wait(self, entrant: Entrant) -> None:
        """Note that the node waits for the peer from now on: those that wait longer are closed before it."""
        there = self._by_address.get(entrant.address, {})
        if entrant in there:
            del there[entrant]
            there[entrant] = None

    def leave(self, entrant: Entrant) -> None:
        """Forget a connection; one that is not there changes nothing."""
        there = self._by_address.get(entrant.address)
        if there is not None and entrant in there:
            del there[entrant]
            self._count -= 1
            if not there:
                del self._by_address[entrant.address]


def _close_one(there: dict[Entrant, None]) -> bool:
    """Close the connection that waits longest, a proven one last; `drop` makes it leave."""
    waiting = (each for each in there if each.waits)
    first = next(waiting, None)
    if first is None:
        return False
    longest = first if not first.proven else next((each for each in waiting if not each.proven), first)
    longest.drop()
    return True
