"""The terminal's watch over its log host: all that the host signs must be one history, and the one on the ledger.

A receipt's checkpoint counts only once it is proven to extend the largest one before it, and frames are final only by
the ledger's own state, proven from the trust file, if that agrees with the largest checkpoint. Two statements that the
host does not prove to agree are stored; until it does, nothing is sent and nothing becomes final, across restarts.
Spec: docs/spec/terminal-questions.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.errors import Malformed, NotProven, Refused
from veriwatt.ids import Digest
from veriwatt.merkle.tree import verify_inclusion
from veriwatt.model.chain.anchored import AnchoredProof
from veriwatt.model.frames.number import FrameNumber
from veriwatt.ports.clock import Clock
from veriwatt.terminal.delivery.log_host_client import (
    Delivered,
    LiveLogHostClient,
    LogHostBehind,
    NewLogEpoch,
    VerifiedReceipt,
)
from veriwatt.terminal.delivery.trusted_head import TrustedHead
from veriwatt.terminal.spool.receipt_book import ReceiptBook, StatedHead
from veriwatt.units import UtcMillis
from veriwatt.utc_text import utc_text
from veriwatt.verify.anchored import verify_one_history


class LogHostContradicts(Refused):
    """The log host signed two histories of the data chain, or another one than the ledger has."""

    code = "log-host-contradicts"

    def __init__(self, first: int, second: int) -> None:
        super().__init__(
            f"the log host contradicts what it signed: its checkpoint of {first} frames and what it states of "
            f"{second} frames are not one history. Nothing more is sent to it, no frame becomes final, and the "
            "spool keeps every frame and both statements; show them to your org, and keep this home"
        )
        self.first, self.second = first, second


class PromiseBroken(Refused):
    """By the ledger's own time, the log host did not anchor a frame when its receipt says."""

    code = "promise-broken"

    def __init__(self, frame: FrameNumber, promised: UtcMillis, as_of: UtcMillis) -> None:
        super().__init__(
            f"the log host promised to anchor frame {frame} by {utc_text(promised)}; at {utc_text(as_of)} by the "
            "ledger it is not anchored. The spool keeps the frame and its receipt: show it to your org"
        )
        self.frame, self.promised, self.as_of = frame, promised, as_of


class ChainWatch:
    """Follows the log host of one org; used from one thread."""

    def __init__(self, org: str, book: ReceiptBook, host: LiveLogHostClient, ledger: TrustedHead, clock: Clock) -> None:
        self._org, self._book, self._host, self._ledger, self._clock = org, book, host, ledger, clock

    def check(self) -> None:
        """Raise LogHostContradicts while a contradiction stands; the host may prove that there is none."""
        found = self._book.contradiction()
        if found is not None:
            first, second = found
            try:
                path = self._host.consistency(*sorted((first.head.size, second.head.size)))
            except LogHostBehind:
                path = ()
            self._check_one_history(first, second, path)
            self._book.follow(first)

    def keep(self, accepted: Sequence[tuple[FrameNumber, Delivered]]) -> None:
        """Check the checkpoints of new receipts against the ones before, and store the receipts.

        Raises:
            LogHostContradicts: the host does not prove that they are one history; no receipt is stored.
            Unavailable, Malformed: the host does not answer as a log host does; call again later.
        """
        receipts = [(number, each.receipt) for number, each in accepted if each.receipt is not None]
        for receipt in {receipt.note: receipt for _, receipt in receipts}.values():
            self._follow(receipt)
        self._book.add([(number, receipt.raw, receipt.anchored_by) for number, receipt in receipts])

    def anchored_size(self, number: FrameNumber, position: int, leaf: Digest) -> int:
        """The proven anchored size of the data chain; the accepted frame `leaf` at `position` is proven in it.

        All frames with receipts below that size are anchored too: their checkpoints are one history with it.

        Raises:
            LogHostContradicts: the ledger has another history than the host signed.
            NewLogEpoch: the ledger has a later log epoch than the receipts are of.
            PromiseBroken: the frame is not anchored, and by the receipt it should be.
            NotProven, Malformed: the answer does not verify; call again later.
        """
        newest = self._book.newest()
        if newest is None:
            return 0
        raw = self._host.anchored(position, newest.head.size)
        proof = AnchoredProof.from_bytes(raw)
        chain = self._ledger.anchored(proof, self._org, self._clock.now())
        if chain.epochs.present > (known := self._book.log_epoch()):
            raise NewLogEpoch(chain.epochs.present, known)
        proven, promised = chain.head, self._book.promise(number)
        self._check_one_history(newest, StatedHead(proven, raw), proof.consistency)
        if position < proven.size:
            if proof.path is None:
                raise Malformed("anchored chain: no path of a frame that is anchored")
            verify_inclusion(leaf, position, proven.size, proof.path, proven.root)
        elif promised is not None and promised < chain.as_of:
            raise PromiseBroken(number, promised, chain.as_of)
        return proven.size

    def _follow(self, receipt: VerifiedReceipt) -> None:
        stated, newest = StatedHead(receipt.head, receipt.note.encode()), self._book.newest()
        if newest is not None:
            sizes = sorted((newest.head.size, stated.head.size))
            path = () if sizes[0] == sizes[1] else self._path(newest, stated)
            self._check_one_history(newest, stated, path)
        if newest is None or stated.head.size > newest.head.size:
            self._book.follow(stated)

    def _path(self, newest: StatedHead, stated: StatedHead) -> tuple[Digest, ...]:
        """The host's path between two heads; none if it has not as many frames as the note that it just gave."""
        try:
            return self._host.consistency(*sorted((newest.head.size, stated.head.size)))
        except LogHostBehind:
            if stated.head.size > newest.head.size:
                return ()
            raise

    def _check_one_history(self, first: StatedHead, second: StatedHead, path: tuple[Digest, ...]) -> None:
        try:
            verify_one_history(first.head, second.head, path)
        except (Malformed, NotProven):
            self._book.contradict(first, second)
            raise LogHostContradicts(first.head.size, second.head.size) from None
