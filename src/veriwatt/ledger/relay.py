"""The relay of a node: what members submit goes into bundles that the node's own member signs.

    taken      what the next block would accept; the rest is dropped: whoever sent it finds the result in proven state
    waiting    in the queue, which is fair to orgs and bounded (`ledger/relay_queue.py`)
    sent       in a bundle, until the state has its result or the bundle has expired
    alone      what fits into no bundle, and everything on a ledger whose machine knows none

Spec: docs/spec/bundle.md, The relay's queue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread
from typing import TypeAlias

import structlog

from veriwatt.errors import Corrupted, Unavailable, Unsettled, VeriwattError
from veriwatt.ledger.relay_queue import RelayQueue
from veriwatt.machine.admission import admit
from veriwatt.machine.envelopes import CACHED_BYTES, Envelopes
from veriwatt.machine.refusals import ClientIdUsed, ExpiryTooFar, TransactionTooLarge
from veriwatt.machine.rules import load_rules
from veriwatt.machine.state import BlockContext
from veriwatt.model.ledger.bundle import is_bundle
from veriwatt.model.ledger.state_keys import ONCE
from veriwatt.ports.ledger import Ledger

BUNDLES_SINCE = 3
"""The machine version that first opened bundles."""

GATHERED = 0.05
"""Seconds for which transactions are gathered into a bundle, after the first."""

LOOK_EVERY = 0.5
"""Seconds between two looks for results while something was sent."""

BUNDLE_BLOCKS = 20
"""Blocks after which what was sent in a bundle without a result is sent again."""

SignBundle: TypeAlias = Callable[[int, Sequence[bytes]], bytes]
"""The signed bundle that is valid until a height, of these transactions."""

log = structlog.get_logger("veriwatt.ledger")


class Relay:
    """The relay of one node. `take` is callable from many threads; one of its own sends."""

    def __init__(self, ledger: Ledger, sign: SignBundle | None, envelopes: Envelopes | None = None) -> None:
        """Without `sign` there are no bundles. The ledger is open until `close` has returned.

        `envelopes` are those that this process verified for the ledger, where it keeps them.
        """
        self._ledger = ledger
        self._sign = sign if load_rules(ledger).machine_version >= BUNDLES_SINCE else None
        self._lock, self._queue = Lock(), RelayQueue()
        self._envelopes = Envelopes(limit=CACHED_BYTES) if envelopes is None else envelopes
        self._woken, self._stopped = Event(), Event()
        self._thread = Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        """Transactions that wait for a bundle or for its result."""
        return len(self._queue)

    def close(self) -> None:
        """Send nothing more. What waits is forgotten: whoever submitted it sends it again while it has no result."""
        self._stopped.set()
        self._woken.set()
        self._thread.join()

    def take(self, transactions: Sequence[bytes]) -> None:
        """Let transactions of any members wait for a bundle, or send them at once where they go alone.

        Raises:
            RelayFull: the org of one of them has as many places as any; those before it were taken.
            Unavailable, Unsettled: as `ports.Ledger.broadcast`.
        """
        alone = [raw for raw in transactions if self._goes_alone(raw)]
        self._woken.set()
        if alone:
            self._ledger.broadcast(alone)

    def _goes_alone(self, raw: bytes) -> bool:
        """Queue a transaction that the next block would accept; returns whether it is to be sent by itself instead."""
        with self._ledger.snapshot() as now, self._lock:
            head = now.head
            try:
                block = BlockContext(head.height + 1, self._ledger.next_time(), head.app_hash)
                admit(now, block, raw, envelopes=self._envelopes)
                if self._sign is None or is_bundle(raw):
                    return True
                self._queue.add(raw, self._envelopes.transaction(raw).content, block.height)
            except (TransactionTooLarge, ExpiryTooFar):
                return True
            except (Corrupted, Unavailable):
                raise
            except ClientIdUsed:
                return False
            except VeriwattError as refusal:
                log.info("relay-refuses", code=refusal.code)
        return False

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.wait(LOOK_EVERY if len(self._queue) else None)
            self._woken.clear()
            self._stopped.wait(GATHERED)
            try:
                self._settle()
                while not self._stopped.is_set() and self._send():
                    pass
                self._settle()
            except VeriwattError as error:
                log.warning("relay-fails", code=error.code, why=str(error))

    def _send(self) -> bool:
        """Send the next bundle; returns whether there was one."""
        height = self._ledger.head().height + 1
        expiry = height + BUNDLE_BLOCKS
        with self._lock:
            waiting = self._queue.next_bundle(height, expiry)
        if not waiting:
            return False
        assert self._sign is not None
        try:
            self._ledger.broadcast([self._sign(expiry, waiting)])
        except (Unavailable, Unsettled) as error:  # they wait until the bundle has expired
            log.warning("relay-fails", code=error.code, why=str(error))
            return False
        return True

    def _settle(self) -> None:
        """Forget what has its result in the state, whoever brought it into a block."""
        with self._ledger.snapshot() as now, self._lock:
            self._queue.settle([each.ticket for each in self._queue.sent() if now.get(ONCE + each.once) is not None])
