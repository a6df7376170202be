"""The relay's queue: which waiting transactions go into the next bundle.

It is handed authentic transactions alone: `machine.admission.admit` goes first, so that nobody fills a member's share
in its name. Spec: docs/spec/bundle.md, The relay's queue.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Unavailable
from veriwatt.ledger.fair_turns import in_turn
from veriwatt.machine.authenticate import check_expiry, check_size
from veriwatt.machine.refusals import ClientIdUsed
from veriwatt.model.ledger.bundle import MOST_BYTES, MOST_TRANSACTIONS
from veriwatt.model.ledger.transaction import Body, Transaction
from veriwatt.ports.ledger import Ticket

MOST_WAITING = 8192
"""Transactions that wait for a bundle or for its result."""

WAITING_HORIZON = 1000
"""The most blocks for which a transaction that waits is valid."""

ROOM = MOST_BYTES - 512
"""The bytes of a bundle that are left for its transactions."""

_HEAD = 5
"""Bytes that the encoding puts before a transaction, at most."""


class RelayFull(Unavailable):
    """A transaction for a relay that has no place for any more of its org."""

    code = "relay-full"

    def __init__(self, org: str) -> None:
        super().__init__(f"the relay has no place for more transactions of {org}; try again after the next block")
        self.org = org


class Waiting(NamedTuple):
    """A transaction in the queue; `arrived` counts those that the relay took."""

    arrived: int
    raw: bytes
    ticket: Ticket
    org: str
    once: bytes
    expiry: int


class RelayQueue:
    """The waiting transactions of one relay, each in one place: with its org, or sent until its bundle expires.

    Used by one thread at a time.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most, self._arrived = most, 0
        self._all = dict[Ticket, Waiting]()
        self._once = set[bytes]()
        self._queues = dict[str, dict[int, Waiting]]()  # each in the order of arrival
        self._sent = dict[Ticket, int]()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, raw: bytes, tx: Transaction[Body], height: int) -> bytes | None:
        """Let an authentic transaction wait, if it does not yet; returns the one that gave its place for it.

        Args:
            raw: the transaction as sent.
            tx: the same, parsed and verified.
            height: that of the next block.

        Raises:
            TransactionTooLarge: no bundle holds it; it goes alone.
            TransactionExpired, ExpiryTooFar: it expired, or will not within `WAITING_HORIZON` blocks.
            ClientIdUsed: another transaction with its client id waits.
            RelayFull: its org has as many places as any.
        """
        check_size(raw, ROOM - _HEAD)
        check_expiry(tx.expiry, height, WAITING_HORIZON)
        ticket, once = sha256(raw), tx.key_id + tx.client_id
        if ticket in self._all:
            return None
        if once in self._once:
            raise ClientIdUsed(tx.client_id)
        given = self._give_place(tx.org) if len(self._all) >= self._most else None
        self._arrived += 1
        waiting = Waiting(self._arrived, raw, ticket, tx.org, once, tx.expiry)
        self._all[ticket] = waiting
        self._once.add(once)
        self._queues.setdefault(tx.org, {})[waiting.arrived] = waiting
        return given

    def next_bundle(self, height: int, expiry: int) -> tuple[bytes, ...]:
        """The transactions of the next bundle, which is valid until `expiry`; none if nothing waits.

        Orgs come in turn, the one whose oldest has waited longest first, and of each the oldest first. What was sent in
        a bundle that has expired waits again, in its old place; what has expired itself is dropped.
        """
        self._take_back(height)
        taken, room, closed = list[Waiting](), ROOM, set[str]()
        oldest_first = sorted(self._queues.values(), key=min)
        for waiting in in_turn(queue.values() for queue in oldest_first):
            if len(taken) == MOST_TRANSACTIONS or len(closed) == len(oldest_first):
                break
            size = len(waiting.raw) + _HEAD
            if size > room or waiting.org in closed:
                closed.add(waiting.org)  # a later one of the org would overtake this one
                continue
            taken.append(waiting)
            room -= size
        for waiting in taken:
            self._leave(waiting)
            self._sent[waiting.ticket] = expiry
        return tuple(waiting.raw for waiting in taken)

    def sent(self) -> list[Waiting]:
        """What was sent in a bundle and has no result yet."""
        return [self._all[ticket] for ticket in self._sent]

    def settle(self, tickets: Iterable[Ticket]) -> None:
        """Forget transactions that have their results, whoever brought them into a block."""
        for ticket in tickets:
            self._drop(ticket)

    def _take_back(self, height: int) -> None:
        """Drop what has expired, and put what was sent in an expired bundle back into its place."""
        for ticket in [ticket for ticket, waiting in self._all.items() if waiting.expiry < height]:
            self._drop(ticket)
        back = [self._all[ticket] for ticket, expiry in self._sent.items() if expiry < height]
        for waiting in back:
            del self._sent[waiting.ticket]
            self._queues.setdefault(waiting.org, {})[waiting.arrived] = waiting
        for org in {waiting.org for waiting in back}:
            self._queues[org] = dict(sorted(self._queues[org].items()))

    def _give_place(self, newcomer: str) -> bytes:
        """Take the newest from the org with the most, unless that is the newcomer's."""
        largest = max(self._queues, key=lambda org: (len(self._queues[org]), org), default=newcomer)
        if len(self._queues.get(largest, ())) <= len(self._queues.get(newcomer, ())):
            raise RelayFull(newcomer)
        newest = next(reversed(self._queues[largest].values()))
        self._drop(newest.ticket)
        return newest.raw

    def _drop(self, ticket: Ticket) -> None:
        waiting = self._all.pop(ticket, None)
        if waiting is None:
            return
        self._once.discard(waiting.once)
        if self._sent.pop(ticket, None) is None:
            self._leave(waiting)

    def _leave(self, waiting: Waiting) -> None:
        """Take a transaction out of its org's queue."""
        queue = self._queues[waiting.org]
        del queue[waiting.arrived]
        if not queue:
            del self._queues[waiting.org]
