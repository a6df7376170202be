"""What a log host acknowledged against what its chain has: the high-water mark, and the refill after a loss.

Spec: docs/spec/data-chain.md, sections 6 and 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from veriwatt.crypto.signing import PublicKey
from veriwatt.errors import Corrupted, Refused, VeriwattError
from veriwatt.ids import Digest
from veriwatt.loghost.accept import Accepted
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.loghost.data_chain import ChainForked, DataChain
from veriwatt.loghost.refill import Refill
from veriwatt.merkle.tree import EMPTY_ROOT, verify_inclusion
from veriwatt.model.chain.checkpoint import Checkpoint, Receipt, open_note
from veriwatt.model.chain.log_epochs import LogName
from veriwatt.model.chain.sent_again import SentAgain
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.store.high_water import LEDGER, MARK, TERMINAL, ChainBehind, HighWater, LogEpochLost
from veriwatt.verify.frame_checks import CheckedFrame, check_org, check_sender, sender_of


class LogEpochOver(Refused):
    """A receipt of a log epoch that ended: it gives its frame no position any more."""

    code = "log-epoch-over"

    def __init__(self, org: str, epoch: int, present: int) -> None:
        super().__init__(
            f"the receipt is of log epoch {epoch} of {org}, which ended; the present one is {present}. The frame is to "
            "be sent as a new one"
        )
        self.org, self.epoch, self.present = org, epoch, present


class Acknowledged:
    """Follows one chain in one log epoch; one thread at a time.

    `refill` is not None while acknowledged frames are known to be missing: then nothing is anchored. Where the chain
    may be filled again, nothing new is accepted (`holds_new`), whether or not a loss is known: a terminal that has not
    called yet may show one, and a new frame would have taken a position that was acknowledged. `heard` has the
    terminals of which a frame came since then.
    """

    def __init__(
        self,
        chain: DataChain,
        ledger_cache: LedgerCache,
        log: LogName,
        key: PublicKey,
        high_water: HighWater,
        *,
        may_refill: bool,
    ) -> None:
        """Raises ChainBehind if frames are missing and `may_refill` is not set, and ChainForked as `DataChain`."""
        self._chain, self._ledger, self._log, self._key = chain, ledger_cache, log, key
        self._high_water, self._may_refill = high_water, may_refill
        self._failed: Corrupted | None = None
        self._last: tuple[str, Checkpoint | None] = "", Checkpoint(log.origin, 0, EMPTY_ROOT, 0)
        self.refill: Refill | None = None
        self.heard = set[str]()
        if high_water.checkpoint is not None:
            self.require(high_water.size, high_water.checkpoint.root, MARK)

    def require(self, size: int, root: Digest | None, by: str) -> None:
        """Note that the chain had `size` frames, with this root where it is known.

        Raises:
            ChainBehind: it has fewer, and may not be filled again.
            ChainForked: it has another root there.
        """
        if size > self._chain.size and not self._may_refill:
            raise ChainBehind(self._chain.org, self._chain.size, size, by)
        refill = self._filling()
        refill.know(size, root)
        if not refill.is_done:
            self.refill = refill

    def require_anchored(self, anchors: AnchorLog) -> None:
        """Note the anchors on the ledger whose frames are missing here."""
        for leaf in anchors.after(self._chain.anchors):
            self.require(leaf.new_size, leaf.root, LEDGER)

    def check(self) -> None:
        """Raise what was found out since the chain was opened, and after which the node must not go on."""
        if self._failed is not None:
            raise self._failed

    @property
    def mark_note(self) -> str:
        """The largest checkpoint known, if the log signed it for more frames than the chain has; else ""."""
        return self._high_water.note if self._high_water.size > self._chain.size else ""

    def is_marked(self) -> bool:
        """Whether the high-water mark has the present size."""
        return self._high_water.size >= self._chain.size

    def mark(self, note: str) -> None:
        """Raise the high-water mark to a checkpoint of this log; durable on return. Raises Unavailable."""
        self._high_water.raise_to(note)

    @property
    def holds_new(self) -> bool:
        """Whether new frames wait."""
        return self._may_refill

    def take(self, checked: Iterable[CheckedFrame | VeriwattError]) -> list[Accepted | VeriwattError]:
        """The outcomes of frames that are posted while the chain is filled again."""
        refill = self._filling()

        def outcome(each: CheckedFrame | VeriwattError) -> Accepted | VeriwattError:
            if isinstance(each, VeriwattError):
                return each
            try:
                check_org(each.frame, self._chain.org)
            except VeriwattError as error:
                return error
            self.heard.add(each.frame.terminal)
            return refill.take(each.frame)

        return [outcome(each) for each in checked]

    def show(self, note: str) -> None:
        """Learn from a checkpoint that a terminal shows; the mark is raised to it.

        Raises:
            Malformed, BadSignature: this log host did not sign it.
            ChainBehind, ChainForked: frames are lost, or the chain is another one; `check` raises the same from now on.
            Unavailable: the mark could not be stored.
        """
        checkpoint = self._opened(note)
        if checkpoint is not None:
            self._learn(checkpoint, note)

    def take_again(self, sent: Sequence[SentAgain]) -> list[Accepted | VeriwattError]:
        """An outcome for each frame: the chain has it at the position of its receipt, or it is held.

        Only the signatures are checked: by its own receipt the log host accepted the frame before.

        Raises:
            As `show`, for a receipt that this log host signed.
        """
        found = [self._verified(*each) for each in sent]
        for each in found:
            if not isinstance(each, VeriwattError):
                self._place(*each)
        self.fill()
        return [each if isinstance(each, VeriwattError) else self._outcome(*each) for each in found]

    def fill(self) -> None:
        """Append what has its position again; ends the refill once nothing is missing."""
        if self.refill is None:
            return
        try:
            self.refill.drain()
        except Corrupted as error:
            self._failed = error
            raise
        if self.refill.is_done:
            self.refill = None

    def _filling(self) -> Refill:
        """The refill under way, or one that knows of no loss."""
        return self.refill or Refill(self._chain)

    def _verified(self, upload: bytes, receipt: Receipt) -> tuple[int, Frame] | VeriwattError:
        try:
            checkpoint = self._opened(receipt.note)  # first: what this log did not sign costs no more than this
            if checkpoint is None:
                return LogEpochOver(self._chain.org, self._log.epoch_of(receipt.note), self._log.epoch)
            frame = parse_frame(upload)
            verify_inclusion(frame.leaf, receipt.position, checkpoint.size, receipt.path, checkpoint.root)
            check_sender(sender_of(frame, self._ledger), self._ledger)
            check_org(frame, self._chain.org)
        except Corrupted:
            raise
        except VeriwattError as error:
            return error
        self.heard.add(frame.terminal)
        self._learn(checkpoint, receipt.note)
        return receipt.position, frame

    def _opened(self, note: str) -> Checkpoint | None:
        """The checkpoint of a note that this log signed, None of an epoch that ended; one batch shares a note."""
        if note != self._last[0]:
            epoch = self._log.epoch_of(note)
            checkpoint = open_note(note, self._log.in_epoch(epoch).origin, self._key)
            if epoch > self._log.epoch:
                self._failed = LogEpochLost(self._chain.org, epoch, self._log.epoch)
                raise self._failed
            self._last = note, checkpoint if epoch == self._log.epoch else None
        return self._last[1]

    def _learn(self, checkpoint: Checkpoint, note: str) -> None:
        try:
            if checkpoint.size > self._chain.size:
                self._high_water.raise_to(note)
            self.require(checkpoint.size, checkpoint.root, TERMINAL)
        except (ChainBehind, ChainForked) as error:
            self._failed = error
            raise

    def _place(self, position: int, frame: Frame) -> None:
        refill = self._filling()
        try:
            refill.place(position, frame)
        except ChainForked as error:
            self._failed = error
            raise

    def _outcome(self, position: int, frame: Frame) -> Accepted | VeriwattError:
        if position < self._chain.size:
            return Accepted(position, frame.frame_id, known=True)
        return self._filling().error()
