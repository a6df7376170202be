"""Orgs that anchor through a network's nodes while faults happen: each its next anchor when its last was accepted.

An anchor whose result is unknown is sent again, the same bytes, through whatever node comes next, as a relay's client
would; so is one that is refused, because a node that was paused judges by the state that it has. So each is executed
once, and whatever was told as accepted has to be on every node ever after.
"""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.cli.bench.anchor_load import FRAMES, anchor_of
from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Refused, Unavailable
from veriwatt.ports.ledger import LedgerEngine, Ticket, submit
from veriwatt.testing.actors import SimMember
from veriwatt.testing.process_network import ProcessNetwork
from veriwatt.units import SECOND

WITHIN = 30 * SECOND
"""For the results of one round, on a loaded machine."""


class Anchoring:
    """The founders of a network, what it accepted of them, and what it did `wrong` beside."""

    def __init__(self, network: ProcessNetwork, owners: Sequence[SimMember]) -> None:
        self._network, self._owners = network, owners
        self._sizes = {owner.org: 0 for owner in owners}
        self._waiting = dict[str, bytes]()
        self._asked: int | None = None
        self.accepted = list[Ticket]()
        self.refused = list[str]()
        self.wrong = list[str]()

    def open_logs(self, at: int) -> None:
        """Open every org's data chain, through node `at`."""
        codes = self._network.running[at].run(codes_of, [owner.open_log() for owner in self._owners])
        if any(code != "ok" for code in codes):
            raise Refused(f"data chains are not opened: {codes}")

    @property
    def waiting(self) -> int:
        """How many anchors have no result, or were refused."""
        return len(self._waiting)

    def begin(self, at: int) -> None:
        """Send each org's next anchor, or the one that has no result yet, through node `at`; `finish` awaits them."""
        self._asked = at
        self._network.running[at].begin(codes_of, self._next())

    def finish(self) -> int:
        """How many of them were accepted; none if the node ended, or its results did not come in time."""
        asked, self._asked = self._asked, None
        node = None if asked is None else self._network.running.get(asked)
        if node is None:
            return 0
        try:
            codes = node.answer()
        except Unavailable:
            return 0
        accepted = 0
        for (org, raw), code in zip(list(self._waiting.items()), codes, strict=True):
            if code == "ok":
                del self._waiting[org]
                self._sizes[org] += FRAMES
                self.accepted.append(sha256(raw))
                accepted += 1
            else:
                self.refused.append(code)
        return accepted

    def send(self, at: int) -> None:
        """Give them to node `at`, and await nothing: the next round sends them again."""
        self._network.running[at].run(broadcast, self._next())

    def through(self, at: int) -> int:
        """One round through node `at`; returns how many were accepted."""
        self.begin(at)
        return self.finish()

    def _next(self) -> list[bytes]:
        """Each org's anchor that has no result yet, or its next one."""
        for owner in self._owners:
            if owner.org not in self._waiting:
                size = self._sizes[owner.org]
                self._waiting[owner.org] = owner.sign(anchor_of(size, size + FRAMES))
        return list(self._waiting.values())


def broadcast(ledger: LedgerEngine, transactions: Sequence[bytes]) -> None:
    """Broadcast them, and await nothing; run in the node's process."""
    ledger.broadcast(transactions)


def codes_of(ledger: LedgerEngine, transactions: Sequence[bytes]) -> list[str]:
    """The codes of the transactions' results; run in the node's process."""
    return [result.code for result in submit(ledger, transactions, WITHIN)]
