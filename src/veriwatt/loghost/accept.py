"""Accepting frames into an org's data chain: the rules that need the chain, one group commit, receipts.

The way of an upload: `check_uploads` here, or the checker pool, makes it a `Frame` whose sender is verified; helpers
of the pool have applied rules 6 to 9 too. `Acceptance` applies the rules that are left, in order, appends all frames
that pass in one durable batch, and signs one checkpoint for them. The numbers are those of docs/spec/frame.md,
section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from veriwatt.crypto.signing import Signer
from veriwatt.errors import Corrupted, NotFound, VeriwattError
from veriwatt.ids import FrameId
from veriwatt.loghost.data_chain import DataChain
from veriwatt.loghost.quarantine import Quarantine
from veriwatt.model.chain.checkpoint import Checkpoint, Receipt
from veriwatt.model.chain.log_epochs import FIRST, LogName
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.number import NO_VOIDS, FrameRef, Voids
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.units import MINUTE, UtcMillis
from veriwatt.verify.frame_checks import (
    CheckedFrame,
    check_next,
    check_org,
    check_same_frame,
    check_standing,
    check_uploads,
    sender_of,
)
from veriwatt.verify.frame_refusals import Equivocation, KeyCompromised

ANCHOR_WITHIN = 60 * MINUTE
"""The promise that a receipt's checkpoint makes: an anchor by then."""


class Accepted(NamedTuple):
    """A frame that is in the chain; `known` if it was in the chain before this call."""

    position: int
    frame: FrameId
    known: bool


@dataclass(frozen=True, slots=True)
class AcceptedBatch:
    """What one call did: an outcome for each upload, in order, and the signed checkpoint that covers them.

    `note` is the checkpoint of the chain's `size` frames.
    """

    outcomes: tuple[Accepted | VeriwattError, ...]
    note: str
    size: int


class Acceptance:
    """Accepts frames into one org's chain, in one log epoch; one caller at a time."""

    def __init__(
        self, chain: DataChain, ledger_cache: LedgerCache, signer: Signer, quarantine: Quarantine, epoch: int = FIRST
    ) -> None:
        self._chain, self._ledger, self._signer, self._quarantine = chain, ledger_cache, signer, quarantine
        self._origin = LogName(ledger_cache.log_chain, chain.org, epoch).origin

    def accept(self, uploads: Sequence[bytes], now: UtcMillis) -> AcceptedBatch:
        """Check each upload, append those that pass, and sign the checkpoint. Durable on return.

        Raises:
            Unavailable: nothing was accepted; the same call may succeed later.
        """
        self._ledger.refresh()
        return self.accept_checked(check_uploads(uploads, self._ledger, now), now)

    def accept_checked(
        self,
        checked: Iterable[CheckedFrame | VeriwattError],
        now: UtcMillis,
        meanwhile: Callable[[], object] | None = None,
    ) -> AcceptedBatch:
        """As `accept`, for frames that were checked at the height that the ledger cache is at.

        Args:
            checked: an error stands for an upload that rules 1 to 3 refuse; it becomes that upload's outcome.
            meanwhile: what to do while the disk syncs the frames; if it raises, none was accepted.
        """
        batch = _Batch(self._chain, self._ledger.voids(self._chain.org))
        outcomes = tuple(
            [each if isinstance(each, VeriwattError) else self._outcome(*each, batch, now) for each in checked]
        )
        if batch.frames:
            self._chain.append(batch.frames, meanwhile)
        return AcceptedBatch(outcomes, self.checkpoint(now), self._chain.size)

    def checkpoint(self, now: UtcMillis) -> str:
        """The signed note of the chain's present size and root.

        Its promise runs from the latest of now and the times that frames without an anchor state.
        """
        by = max(now, self._chain.latest) + ANCHOR_WITHIN
        return Checkpoint(self._origin, self._chain.size, self._chain.root(), by).sign(self._signer)

    def receipt(self, position: int, batch: AcceptedBatch) -> Receipt:
        """The receipt of a frame under the checkpoint of a batch that was accepted with it or later."""
        return Receipt(batch.note, position, self._chain.path(position, batch.size))

    def _outcome(self, frame: Frame, standing: bool, batch: _Batch, now: UtcMillis) -> Accepted | VeriwattError:
        try:
            check_org(frame, self._chain.org)  # 3
            newest = batch.newest(frame.terminal)
            if newest is not None and frame.number <= newest.number and (found := batch.find(frame)):
                check_same_frame(frame, found[1])  # 4
                return Accepted(*found, known=True)
            check_next(frame, newest, batch.voids.get(frame.terminal, NO_VOIDS))  # 5
            if not standing:
                check_standing(sender_of(frame, self._ledger), self._ledger, now, arriving=True)  # 6 to 9
            return tuple.__new__(Accepted, (batch.add(frame), frame.frame_id, False))
        except (KeyCompromised, Equivocation) as error:
            self._quarantine.keep(self._chain.org, frame, error.code)
            return error
        except Corrupted:
            raise
        except VeriwattError as error:
            return error


class _Batch:
    """The frames of one call that pass, as if the chain had them already; `voids` are those of its org's terminals."""

    def __init__(self, chain: DataChain, voids: Mapping[str, Voids]) -> None:
        self._chain, self._first, self.voids = chain, chain.size, voids
        self._newest: dict[str, FrameRef] = {}
        self.frames: list[Frame] = []

    def newest(self, terminal: str) -> FrameRef | None:
        """The newest frame of the terminal, here or in the chain."""
        return self._newest.get(terminal) or self._chain.tips.get(terminal)

    def find(self, frame: Frame) -> tuple[int, FrameId] | None:
        """Position and id of the frame that has this frame's number already; None when none has."""
        for i, each in enumerate(self.frames):
            if each.terminal == frame.terminal and each.number == frame.number:
                return self._first + i, each.frame_id
        try:
            return self._chain.find(frame.terminal, frame.number)
        except NotFound:
            return None

    def add(self, frame: Frame) -> int:
        """Add the next frame of its terminal; returns the position it will have."""
        self._newest[frame.terminal] = frame.ref
        self.frames.append(frame)
        return self._first + len(self.frames) - 1
