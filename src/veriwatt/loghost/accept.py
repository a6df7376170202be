"""Accepting frames into an org's data chain: order, one group commit, receipts.

`judging` says what each upload is. `Acceptance` finds each frame's place in the chain, appends all that
have one in a single durable batch, and signs one checkpoint for it. The numbers are those of
docs/spec/frame.md, section 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from veriwatt.crypto.signing import Signer
from veriwatt.errors import Corrupted, NotFound, VeriwattError
from veriwatt.ids import FrameId
from veriwatt.loghost.data_chain import DataChain
from veriwatt.loghost.frame_checks import CheckedFrame, check_frames
from veriwatt.loghost.ledger_cache import LedgerCache
from veriwatt.loghost.quarantine import Quarantine
from veriwatt.model.chain.anchor import log_origin
from veriwatt.model.chain.checkpoint import Checkpoint, Receipt
from veriwatt.model.chain.entry import ChainEntry
from veriwatt.model.frames.number import FrameRef, number_after
from veriwatt.units import MINUTE, UtcMillis
from veriwatt.verify.frame_refusals import Equivocation, FrameOutOfSequence, KeyCompromised, WrongLedger

ANCHOR_WITHIN = 60 * MINUTE
"""The promise that a receipt's checkpoint makes: an anchor by then."""


class Accepted(NamedTuple):
    """A frame that is in the chain; `known` when it was there before this call."""

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
    """The log host's desk for one org's chain; one caller at a time."""

    def __init__(self, chain: DataChain, ledger_cache: LedgerCache, signer: Signer, quarantine: Quarantine) -> None:
        self._chain, self._ledger_cache, self._signer, self._quarantine = chain, ledger_cache, signer, quarantine
        self._origin = log_origin(ledger_cache.chain_id, chain.org)

    def accept(self, uploads: Sequence[bytes], now: UtcMillis) -> AcceptedBatch:
        """Judge each upload, append those that pass, and sign the checkpoint. Durable on return.

        Raises:
            Unavailable: nothing was accepted; the same call may succeed later.
        """
        self._ledger_cache.refresh()
        return self.take(check_frames(uploads, self._ledger_cache, now), now)

    def take(self, checked: Iterable[CheckedFrame | VeriwattError], now: UtcMillis) -> AcceptedBatch:
        """As `accept`, for uploads that were judged by the ledger's newest state, wherever that was."""
        fresh = _Fresh(self._chain)
        outcomes = tuple([self._place(each, fresh) if isinstance(each, CheckedFrame) else each for each in checked])
        if fresh.uploads:
            self._chain.append(fresh.uploads, fresh.entries)
        return AcceptedBatch(outcomes, self.checkpoint(now), self._chain.size)

    def checkpoint(self, now: UtcMillis) -> str:
        """The signed note of the chain's present size and root."""
        return Checkpoint(self._origin, self._chain.size, self._chain.root(), now + ANCHOR_WITHIN).sign(self._signer)

    def receipt(self, position: int, batch: AcceptedBatch) -> Receipt:
        """The receipt of a frame under the checkpoint of a batch that was accepted with it or later."""
        return Receipt(batch.note, position, self._chain.path(position, batch.size))

    def _place(self, checked: CheckedFrame, fresh: _Fresh) -> Accepted | VeriwattError:
        try:
            if checked.org != self._chain.org:  # 3
                raise WrongLedger(f"it names org {checked.org}, this chain is of {self._chain.org}")
            position = fresh.position_of(checked.entry.ref, checked.prev)  # 4, 5
            if position is not None:
                return Accepted(position, checked.entry.ref.frame_id, known=True)
            if checked.refusal is not None:  # 6 to 9
                raise checked.refusal
            return Accepted(fresh.add(checked.entry, checked.upload), checked.entry.ref.frame_id, known=False)
        except (KeyCompromised, Equivocation) as error:
            self._quarantine.keep(self._chain.org, checked.upload, error.code)
            return error
        except Corrupted:
            raise
        except VeriwattError as error:
            return error


class _Fresh:
    """The frames of one batch that pass, on top of the chain they will be appended to."""

    def __init__(self, chain: DataChain) -> None:
        self._chain, self._first = chain, chain.size
        self._tips: dict[str, FrameRef] = {}
        self.uploads: list[bytes] = []
        self.entries: list[ChainEntry] = []

    def position_of(self, frame: FrameRef, prev: bytes) -> int | None:
        """Where the frame lies; None when it is the next of its terminal.

        Raises:
            Equivocation: another frame has its number.
            FrameOutOfSequence: its number is not the next, or it does not continue the newest frame.
        """
        following = number_after(self._tips.get(frame.terminal) or self._chain.tips.get(frame.terminal))
        if (frame.number, prev) == following:
            return None
        if frame.number >= following[0]:
            raise FrameOutOfSequence(frame, following[0])
        try:
            position, first = self._find(frame)
        except NotFound:
            raise FrameOutOfSequence(frame, following[0]) from None
        if first != frame.frame_id:
            raise Equivocation(frame, first)
        return position

    def add(self, entry: ChainEntry, upload: bytes) -> int:
        """Take the next frame of its terminal; returns the position it will have."""
        position = self._first + len(self.entries)
        self._tips[entry.ref.terminal] = entry.ref
        self.uploads.append(upload)
        self.entries.append(entry)
        return position

    def _find(self, frame: FrameRef) -> tuple[int, FrameId]:
        for i, each in enumerate(self.entries):
            if each.ref[:2] == frame[:2]:
                return self._first + i, each.ref.frame_id
        return self._chain.find(frame.terminal, frame.number)
