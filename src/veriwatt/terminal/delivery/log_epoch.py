"""The terminal takes up a log epoch that the ledger proves: what is not anchored waits to be sent again.

No word of the log host suffices: it could name an epoch to slip out of its receipts.
Spec: docs/spec/log-epochs.md, section 6.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from veriwatt.errors import NotProven
from veriwatt.model.chain.anchored import AnchoredProof
from veriwatt.model.frames.number import FrameNumber
from veriwatt.ports.clock import Clock
from veriwatt.terminal.delivery.log_host_client import Delivered, LiveLogHostClient, NewLogEpoch
from veriwatt.terminal.delivery.trusted_head import TrustedHead
from veriwatt.terminal.remedies import frames_given_up, moved_in_new_epoch
from veriwatt.terminal.spool.receipt_book import ReceiptBook

T = TypeVar("T")


class LogEpochNotProven(NotProven):
    """The log host signs for a log epoch that the ledger does not have."""

    code = "log-epoch-not-proven"

    def __init__(self, proven: int) -> None:
        super().__init__(
            f"the log host signs for a later log epoch than the ledger's, which is {proven}. Its receipts do not "
            "count, and the spool keeps every frame; show this to your org"
        )
        self.proven = proven


class LogEpochFollower:
    """Follows the log epochs of one org; used from one thread."""

    def __init__(
        self,
        org: str,
        book: ReceiptBook,
        host: LiveLogHostClient,
        ledger: TrustedHead,
        clock: Clock,
        report: Callable[[str, str], None],
    ) -> None:
        self._org, self._book, self._host, self._ledger, self._clock = org, book, host, ledger, clock
        self._report = report
        host.follow_epoch(book.log_epoch())

    def following(self, exchange: Callable[[], T]) -> T:
        """The result of an exchange; one that shows a later log epoch is made again once that has begun.

        Raises:
            As `exchange`, and as `learn`.
        """
        try:
            return exchange()
        except NewLogEpoch:
            self.learn()
            return exchange()

    def check_kept(self, accepted: Sequence[tuple[FrameNumber, Delivered]]) -> None:
        """Report frames that are not at the position which they kept, by a receipt of an epoch that ended.

        What was anchored there is another frame, so the log host signed two histories; an epoch is no excuse for that.
        """
        positions = [(number, each.position) for number, each in accepted if each.position is not None]
        for number, before, now in self._book.moved(positions):
            self._report("log-host-contradicts", moved_in_new_epoch(number, before, now))

    def learn(self) -> None:
        """Begin the present log epoch by the ledger's proof; durable on return.

        Raises:
            LogEpochNotProven: the ledger has no later epoch than the terminal.
            VeriwattError: as `TrustedHead.anchored`, or the log host does not answer; call again later.
        """
        raw = self._host.anchored(0, 0)
        epochs = self._ledger.anchored(AnchoredProof.from_bytes(raw), self._org, self._clock.now()).epochs
        kept = epochs.kept_since(self._book.log_epoch())
        if kept is None:
            raise LogEpochNotProven(epochs.present)
        given_up = self._book.begin_epoch(epochs.present, kept, raw)
        self._host.follow_epoch(epochs.present)
        self._host.has_seen(0)
        self._report("frames-given-up", frames_given_up(epochs.present, given_up))
