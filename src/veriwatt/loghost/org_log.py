"""One org's data chain on this node: accepting into it, anchoring it, and filling it again after a loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from veriwatt.crypto.signing import Signer
from veriwatt.errors import Unavailable, VeriwattError
from veriwatt.home.paths import HomePaths
from veriwatt.loghost.accept import Acceptance, AcceptedBatch
from veriwatt.loghost.acknowledged import Acknowledged
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.loghost.anchoring import anchor_chain, follow_anchors
from veriwatt.loghost.equivocation_reports import EquivocationReports
from veriwatt.loghost.giving_up import Loss
from veriwatt.loghost.quarantine import Quarantine
from veriwatt.loghost.recovery import open_chain
from veriwatt.machine.anchors import queries
from veriwatt.machine.terminals.queries import passports
from veriwatt.model.chain.anchor import Anchor
from veriwatt.model.chain.log_epochs import LogName
from veriwatt.model.chain.sent_again import SentAgain
from veriwatt.model.frames.frame import Frame
from veriwatt.model.ledger.transaction import Body
from veriwatt.ports.blobs import BlobStore
from veriwatt.ports.clock import Clock
from veriwatt.ports.ledger import Ledger, Result, submit
from veriwatt.readmodel.frame_index import FrameIndex
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.store.high_water import VIEW, HighWater
from veriwatt.store.local_tiles import LocalTiles
from veriwatt.system.files import Files
from veriwatt.system.held_files import HomeReplaced
from veriwatt.units import UtcMillis
from veriwatt.verify.frame_checks import CheckedFrame


class OrgLog:
    """The org's chain, opened by the constructor; one thread at a time.

    `sign` makes a transaction of a member of the org. `log` is the log in its epoch.
    """

    def __init__(
        self,
        org: str,
        files: Files,
        paths: HomePaths,
        blobs: BlobStore,
        index: FrameIndex,
        ledger: Ledger,
        ledger_cache: LedgerCache,
        log_signer: Signer,
        sign: Callable[[Body], bytes],
        clock: Clock,
        *,
        refill: bool = False,
    ) -> None:
        """With `refill` a chain that lost acknowledged frames is opened too, to be filled again; it takes nothing new.

        Raises:
            ChainBehind: it lost some, and `refill` is not set.
            ChainForked: it has other frames than were anchored or acknowledged.
            HighWaterLost: its mark is gone, and `refill` is not set.
            HighWaterDamaged, JournalDamaged, Corrupted: a file is damaged.
            LogEpochLost: the ledger lost the record of the epoch that the log is in.
        """
        self.org, self._ledger, self._sign, self._clock = org, ledger, sign, clock
        with ledger.snapshot() as now:
            self.log = LogName(ledger_cache.log_chain, org, queries.log_epochs(now, org).present)
            path, marked, key = paths.high_water(org), paths.marked(org), log_signer.public
            high_water = HighWater(files, path, marked, self.log, key, may_be_lost=refill)
            anchored, anchors = queries.data_chain(now, org), AnchorLog(now, org)
            tiles = LocalTiles(files, paths.chain(org))
            self.chain = open_chain(
                org, files, paths.journal(org), tiles, blobs, index, anchored, anchors, refill=refill
            )
            self._acknowledged = Acknowledged(self.chain, ledger_cache, self.log, key, high_water, may_refill=refill)
            self._acknowledged.require_anchored(anchors)
        quarantine = Quarantine(files, paths.quarantine)
        self.acceptance = Acceptance(self.chain, ledger_cache, log_signer, quarantine, self.log.epoch)
        self._reports = EquivocationReports(self.chain, ledger, quarantine, sign)

    @property
    def is_refilling(self) -> bool:
        """Whether acknowledged frames are known to be missing: nothing is anchored."""
        return self._acknowledged.refill is not None

    @property
    def holds_new(self) -> bool:
        """Whether nothing new is accepted, since acknowledged frames are missing or may be."""
        return self._acknowledged.holds_new

    def accept_checked(
        self,
        checked: Sequence[CheckedFrame | VeriwattError],
        now: UtcMillis,
        meanwhile: Callable[[], object] | None = None,
    ) -> AcceptedBatch:
        """As `Acceptance.accept_checked`; of a chain that was opened to be filled again, none is new."""
        if not self.holds_new:
            return self.acceptance.accept_checked(checked, now, meanwhile)
        outcomes = self._acknowledged.take(checked)
        self._fill()
        return AcceptedBatch(tuple(outcomes), self.acceptance.checkpoint(now), self.chain.size)

    def take_again(self, note: str | None, sent: Sequence[SentAgain], now: UtcMillis) -> AcceptedBatch:
        """Take a terminal's largest checkpoint, and frames with the receipts that it has for them.

        Raises:
            ChainBehind: frames that were acknowledged are missing, and this node was not started to be filled again.
            ChainForked: this log host signed two histories.
            Malformed, BadSignature: the checkpoint is not one of this log.
        """
        before = self.chain.size
        if note is not None:
            self._acknowledged.show(note)
        outcomes = self._acknowledged.take_again(sent)
        if self.chain.size > before:  # else an anchor that is being made is left to whoever makes it
            self._follow()
        return AcceptedBatch(tuple(outcomes), self.acceptance.checkpoint(now), self.chain.size)

    def refill_from(self, placed: Iterable[tuple[int, Frame]], loose: Iterable[Frame]) -> None:
        """Take frames that lie in this home's own spools, with their positions, or without where they have none."""
        refill = self._acknowledged.refill
        if refill is None:
            return
        for position, frame in placed:
            refill.place(position, frame)
        for frame in loose:
            refill.take(frame)
        self._fill()

    def require_viewed(self, size: int) -> None:
        """Raise ChainBehind if the readings view has frames that are missing here, unless it is filled again."""
        if size > self.chain.size:
            self._acknowledged.require(size, None, VIEW)

    def check(self) -> None:
        """Raise ChainBehind or ChainForked when a terminal has shown that the node must not go on."""
        self._acknowledged.check()

    def loss(self) -> Loss | None:
        """What is missing of what was acknowledged; None when nothing is."""
        refill = self._acknowledged.refill
        if refill is None:
            return None
        with self._ledger.snapshot() as now:
            anchored = queries.data_chain(now, self.org).size
        return Loss(self.org, self.log.epoch, anchored, self.chain.size, refill.target, self._acknowledged.mark_note)

    def anchor_kept(self) -> int:
        """Anchor what is ready of a chain that is filled again; returns its anchored size.

        What it has is the beginning of what was acknowledged, so an anchor of it takes nothing from what is missing.
        """
        anchor_chain(self.chain, self._ledger, self._submit)
        return self.chain.anchored_size

    def missing(self) -> list[int]:
        """The positions of acknowledged frames that nobody has sent again yet."""
        refill = self._acknowledged.refill
        return [] if refill is None else list(refill.missing())

    def unheard(self) -> list[str]:
        """The terminals of the org that may still show a loss: no frame of theirs came since the chain was opened."""
        with self._ledger.snapshot() as now:
            found = [each.terminal for each in passports(now, self.org) if each.retirement is None]
        return [name for name in found if name not in self._acknowledged.heard]

    def keep_high_water(self) -> None:
        """Raise the high-water mark to the chain's present size; durable on return. Raises Unavailable."""
        if not self._acknowledged.is_marked():
            self._acknowledged.mark(self.acceptance.checkpoint(self._clock.now()))

    def close(self) -> None:
        """Raise the mark at the end; where it cannot be written, the older mark stays, which is true too."""
        with suppress(Unavailable, HomeReplaced):
            self.keep_high_water()

    def anchor(self) -> int:
        """Anchor the accepted frames that are ready; returns the anchored size of the chain.

        The high-water mark is raised first. While the chain is filled again, nothing is anchored.
        """
        self.check()
        self.keep_high_water()
        if not self.is_refilling:
            anchor_chain(self.chain, self._ledger, self._submit)
        return self.chain.anchored_size

    def report_equivocations(self) -> bool:
        """Submit the equivocations in the quarantine to the ledger; returns whether none remains to be submitted."""
        return self._reports.submit()

    def _fill(self) -> None:
        self._acknowledged.fill()
        self._follow()

    def _follow(self) -> None:
        """Index the frames that came back and that the ledger has anchored before."""
        follow_anchors(self.chain, self._ledger)

    def _submit(self, anchor: Anchor) -> Result:
        return submit(self._ledger, [self._sign(anchor)])[0]
