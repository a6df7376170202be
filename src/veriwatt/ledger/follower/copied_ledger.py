"""The ledger of a home that follows: read from a copy of the proven state, written through peers.

Whatever a log host asks is answered from the copy, so collecting and receipting go on while no peer answers. The copy
is brought to the newest head in the background, and before a result of this node's own transactions is told.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread

from veriwatt.errors import Unavailable, VeriwattError
from veriwatt.ledger.follower.copy_reader import CopyReader, NotCopiedYet
from veriwatt.ledger.follower.ledger import WAIT_SECONDS, FollowedLedger, Following
from veriwatt.ledger.follower.peers import waited_for
from veriwatt.ledger.follower.snapshot import FollowerSnapshot
from veriwatt.ledger.rows.lock import WriterLock
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.state import range_at
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.state_keys import ROOT_LOG, anchors_key
from veriwatt.ports.clock import Clock
from veriwatt.ports.ledger import (
    HEARTBEAT,
    Block,
    ExecutedTransaction,
    Head,
    Result,
    ResultUnknown,
    Ticket,
    check_fresh,
)
from veriwatt.units import SECOND

COPY_EVERY, LONGEST = 10.0, 60.0
"""Seconds between two looks for a newer head, while nothing of this node's own is waited for, and at most."""

SHARE = 100
"""Of a core, a hundredth is for copying: a ledger of many orgs changes in all its parts from look to look."""

AGAIN = 0.2
"""Seconds until a copy that failed is tried again for a result."""


def create_copy(file: Path, genesis: Genesis) -> None:
    """Make the file of a copy that has nothing but the genesis document yet; durable on return."""
    tables = Tables(file, writable=True)
    try:
        tables.create([(0, genesis.to_bytes())], {})
    finally:
        tables.close()


class CopiedLedger(CopyReader):
    """`LedgerEngine` of a home that follows. Callable from many threads; one process at a time."""

    def __init__(self, file: Path, followed: FollowedLedger, org: str, clock: Clock) -> None:
        """Take over `followed`, which is closed with this, and keep the copy in `file` for the log host of `org`.

        Raises:
            As `CopyReader`; LedgerLocked: another process has it open for writing.
        """
        super().__init__(file)
        self._followed, self._clock, self._logs = followed, clock, (ROOT_LOG, anchors_key(org))
        self._copying, self._stopped = Lock(), Event()
        self._failure: VeriwattError | None = None
        self._lock = WriterLock(file)
        try:
            self._tables = Tables(file, writable=True)
            followed.copy.begin_with(self._tables.scan(b""))
        except BaseException:
            self._lock.release()
            raise
        self._thread = Thread(target=self._keep, name="follower", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopped.set()
        self._followed.close()  # ends what is being asked
        self._thread.join()
        super().close()
        self._tables.close()
        self._lock.release()

    def following(self) -> Following:
        """What is known now of head and peers, without asking any peer."""
        return self._followed.following()

    def broadcast(self, transactions: Sequence[bytes]) -> tuple[Ticket, ...]:
        return self._followed.broadcast(transactions)

    def await_result(self, ticket: Ticket, within: int) -> Result:
        """As `ports.Ledger`: what is read here afterwards has the transaction's effect."""
        until = time.monotonic() + within / SECOND
        result = self._followed.await_result(ticket, within)
        proven = self._followed.following().height
        while self._height() < proven:
            try:
                self.bring_up_to_date()
            except Unavailable:
                if time.monotonic() >= until:
                    raise ResultUnknown(ticket, within) from None
                time.sleep(AGAIN)
        return result

    def renew_next_time(self) -> None:
        """The next block that the validators make does, a heartbeat later at most."""

    def sign_fresh_head(self) -> None:
        """A peer has one signed when it is asked for its head."""
        with suppress(NotCopiedYet):
            if self._clock.now() - self.head().time <= HEARTBEAT:
                return
        self.bring_up_to_date()

    def light_block(self, height: int) -> LightBlock:
        try:
            return super().light_block(height)
        except Unavailable:
            return self._at_peers().light_block(height)

    def executed(self, height: int = 1) -> Iterator[ExecutedTransaction]:
        return self._at_peers().executed(height)

    def block(self, height: int) -> Block:
        return self._at_peers().block(height)

    @property
    def is_copied(self) -> bool:
        """Whether a state was copied, now or earlier."""
        return self._height() > 0

    def check_followed(self) -> None:
        """Raise StaleHead once the copy's head is, else why the ledger could not be followed at the last look."""
        check_fresh(self.head(), self._clock.now())
        if self._failure is not None:
            raise self._failure

    def bring_up_to_date(self) -> Head:
        """Copy the state of the newest head, if it is newer; returns the head of the copy, which is durable.

        Raises:
            Unavailable: no peer gives what is needed, or another thread waits for it (PeersBusy).
            LedgerForked: two histories were seen.
        """
        with waited_for(self._copying, WAIT_SECONDS):
            try:
                self._copy_newest()
            except VeriwattError as error:
                self._failure = error
                raise
            self._failure = None
        return self.head()

    def _at_peers(self) -> FollowedLedger:
        """The ledger that peers are asked for; raises what the last look ended with: nobody waits for them again."""
        if self._failure is not None:
            raise self._failure
        return self._followed

    def _copy_newest(self) -> None:
        before, checkpoint = self._tables.last_height(), self._followed.checkpoint
        with self._followed.snapshot() as now:
            height = now.head.height
            if height <= before:
                return
            blocks = {height: now.light}
            if before <= 0:
                blocks[checkpoint] = self._followed.light_block(checkpoint)
            leaves = [(each, at, leaf) for each in self._logs for at, leaf in self._new_leaves(now, each)]
            with now.copied() as changes:
                gone = [before] if before not in (0, checkpoint) else []
                self._tables.write([(at, each.to_bytes()) for at, each in blocks.items()], changes, leaves, gone)

    def _new_leaves(self, now: FollowerSnapshot, name: bytes) -> Iterator[tuple[int, bytes]]:
        start = range_at(self._tables, name).size
        return enumerate(now.log_leaves(name, start), start)

    def _height(self) -> int:
        try:
            return self.head().height
        except NotCopiedYet:
            return 0

    def _keep(self) -> None:
        while not self._stopped.is_set():
            began = time.thread_time()
            try:
                self.bring_up_to_date()
            except VeriwattError:
                pass  # `check_followed` tells it
            except Exception:
                if not self._stopped.is_set():  # else the peers were closed in the middle of it
                    raise
            self._stopped.wait(pause_after(time.thread_time() - began))


def pause_after(spent: float) -> float:
    """The seconds until the next look after one that took so many seconds of a processor."""
    return min(max(COPY_EVERY, SHARE * spent), LONGEST)
