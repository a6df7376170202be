"""Accepting frames into an org's data chain (formats 3, 4): checks, one group commit, receipts.

`check_alone` needs only the upload and the terminal's key, so it may run in another process.
`Acceptance.accept` judges each frame against the passport, the ledger and the chain as they stand,
appends all that pass in one durable batch, and signs one checkpoint for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from veriwatt.crypto.signing import PublicKey, Signer
from veriwatt.errors import Corrupted, Missing, Refused, VeriwattError
from veriwatt.ids import Digest, FrameId
from veriwatt.model.anchor import log_origin
from veriwatt.model.checkpoint import Checkpoint, Receipt
from veriwatt.model.enrolment import Reason
from veriwatt.model.frame import FIRST, Frame, FrameHeader, check_protected, parse_frame
from veriwatt.model.passport import AfterRetirement, Passport, certified_at, check_last_frame, key_at
from veriwatt.services.chain import DataChain, Entry, entry_of
from veriwatt.units import MINUTE, UtcMillis

CLOCK_TOLERANCE = 5 * MINUTE
"""How far a terminal's clock may run ahead of the node's."""

NO_LEAF = Digest(bytes(Digest.LENGTH))
"""What a header names when its terminal knew of no leaf of the root log."""

ANCHOR_WITHIN = 60 * MINUTE
"""The promise that a receipt's checkpoint makes: an anchor by then."""


class NotYetCertified(Refused):
    """Collected at a time for which nobody vouches for the terminal."""

    code = "not-certified"

    def __init__(self, terminal: str, collected_at: UtcMillis) -> None:
        super().__init__(f"terminal {terminal} was not certified at {collected_at}, when it collected")
        self.terminal, self.collected_at = terminal, collected_at


class KeyCompromised(Refused):
    """A late frame of a key that was reported compromised: kept in quarantine, never in the chain."""

    code = "key-compromised"

    def __init__(self, terminal: str) -> None:
        super().__init__(f"the key of terminal {terminal} was reported compromised; the frame is quarantined")
        self.terminal = terminal


class OutOfSequence(Refused):
    """A number that is not the next one, or a frame that does not continue the one before."""

    code = "out-of-sequence"

    def __init__(self, header: FrameHeader, want: tuple[int, int]) -> None:
        super().__init__(
            f"terminal {header.terminal}: frame ({header.epoch}, {header.seq}) does not continue its chain; "
            f"the next is {want} after the last frame's id"
        )
        self.terminal, self.want = header.terminal, want


class Equivocation(Refused):
    """A second frame for a number that the chain already holds: proof against the terminal, quarantined."""

    code = "equivocation"

    def __init__(self, header: FrameHeader, first: FrameId) -> None:
        super().__init__(
            f"terminal {header.terminal} signed two different frames as ({header.epoch}, {header.seq}); the first is {first}"
        )
        self.terminal, self.first = header.terminal, first


class ClockAhead(Refused):
    """A window or collection time in the future."""

    code = "clock-ahead"

    def __init__(self, header: FrameHeader, now: UtcMillis) -> None:
        super().__init__(
            f"terminal {header.terminal}: window end {header.window.end} or collection time {header.collected_at} lies after now, {now}"
        )
        self.now = now


class AnotherLedger(Refused):
    """A frame of another chain, another org, or with a root-log leaf this ledger never had."""

    code = "another-ledger"

    def __init__(self, why: str) -> None:
        super().__init__(f"the frame belongs elsewhere: {why}")


class LedgerFacts(Protocol):
    """What acceptance asks of the ledger; answers may be cached from one `refresh` to the next."""

    @property
    def chain_id(self) -> str: ...

    def refresh(self) -> None:
        """Answer from the ledger's newest state from now on; called before each batch."""
        ...

    def passport(self, org: str, terminal: str) -> Passport:
        """Missing when the terminal is not enrolled."""
        ...

    def root_log_leaf(self, size: int) -> Digest:
        """The newest leaf's hash when the root log had `size` leaves; Missing when it never had."""
        ...

    def check_group(self, header: FrameHeader) -> None:
        """Raise Refused unless every group of the frame is a registered version whose slots fill its spans."""
        ...


class Quarantine(Protocol):
    """Where refused proofs are kept."""

    def keep(self, org: str, upload: bytes, why: str) -> None:
        """Durable on return; may be repeated."""
        ...


class Accepted(NamedTuple):
    """A frame that is in the chain; `known` when it was there before this call."""

    position: int
    frame: FrameId
    known: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """What one call did: an outcome for each upload, in order, and the signed checkpoint that covers them.

    `note` is the checkpoint of the chain's `size` frames.
    """

    outcomes: tuple[Accepted | VeriwattError, ...]
    note: str
    size: int


def check_alone(upload: bytes, key: PublicKey) -> Frame:
    """The frame in an upload, once its form, its payload hashes and its signature by `key` hold.

    Raises:
        Malformed: not a frame, or a signature header that is not this key's.
        BadSignature: the key did not sign it.
    """
    frame = parse_frame(upload)
    check_protected(frame, key)
    frame.verify(key)
    return frame


class Acceptance:
    """The log host's desk for one org's chain; one caller at a time."""

    def __init__(self, chain: DataChain, facts: LedgerFacts, signer: Signer, quarantine: Quarantine) -> None:
        self._chain, self._facts, self._signer, self._quarantine = chain, facts, signer, quarantine
        self._origin = log_origin(facts.chain_id, chain.org)

    def accept(self, uploads: Sequence[bytes], now: UtcMillis) -> Batch:
        """Judge each upload, append those that pass, and sign the checkpoint. Durable on return.

        Raises:
            Unavailable: nothing was accepted; the same call may succeed later.
        """
        self._facts.refresh()
        return self._take(map(self._alone, uploads), uploads, now)

    def accept_checked(
        self, checked: Sequence[Frame | VeriwattError], uploads: Sequence[bytes], now: UtcMillis
    ) -> Batch:
        """As `accept`, for frames that went through `check_alone` already."""
        self._facts.refresh()
        return self._take(checked, uploads, now)

    def _take(self, checked: Iterable[Frame | VeriwattError], uploads: Sequence[bytes], now: UtcMillis) -> Batch:
        outcomes: list[Accepted | VeriwattError] = []
        fresh = _Fresh(self._chain)
        for frame, upload in zip(checked, uploads, strict=True):
            outcome = frame if isinstance(frame, VeriwattError) else self._against(frame, upload, fresh, now)
            outcomes.append(outcome)
        if fresh.uploads:
            self._chain.append(fresh.uploads, fresh.entries)
        return Batch(tuple(outcomes), self.checkpoint(now), self._chain.size)

    def checkpoint(self, now: UtcMillis) -> str:
        """The signed note of the chain's present size and root."""
        return Checkpoint(self._origin, self._chain.size, self._chain.root(), now + ANCHOR_WITHIN).sign(self._signer)

    def receipt(self, position: int, batch: Batch) -> Receipt:
        """The receipt of a frame under the checkpoint of a batch that was accepted with it or later."""
        return Receipt(batch.note, position, self._chain.path(position, batch.size))

    def _alone(self, upload: bytes) -> Frame | VeriwattError:
        try:
            frame = parse_frame(upload)
            key = self._facts.passport(frame.header.org, frame.header.terminal).key
            check_protected(frame, key)
            frame.verify(key)
        except Corrupted:
            raise
        except VeriwattError as error:
            return error
        return frame

    def _against(self, frame: Frame, upload: bytes, fresh: _Fresh, now: UtcMillis) -> Accepted | VeriwattError:
        header = frame.header
        try:
            if header.chain != self._facts.chain_id or header.org != self._chain.org:
                raise AnotherLedger(f"it names chain {header.chain} and org {header.org}")
            position = fresh.position_of(frame)
            if position is not None:
                return Accepted(position, frame.frame_id, known=True)
            self._check_standing(frame, now)
            return Accepted(fresh.add(frame, upload), frame.frame_id, known=False)
        except (KeyCompromised, Equivocation) as error:
            self._quarantine.keep(self._chain.org, upload, error.code)
            return error
        except Corrupted:
            raise
        except VeriwattError as error:
            return error

    def _check_standing(self, frame: Frame, now: UtcMillis) -> None:
        header = frame.header
        passport = self._facts.passport(header.org, header.terminal)
        if not 1 <= header.passport_version <= passport.version:
            raise AnotherLedger(f"terminal {header.terminal} has no passport version {header.passport_version}")
        if max(header.collected_at, header.window.end) > now + CLOCK_TOLERANCE:
            raise ClockAhead(header, now)
        self._check_passport(passport, frame)
        known = self._facts.root_log_leaf(header.root_log_size) if header.root_log_size else NO_LEAF
        if known != header.root_log_leaf:
            raise AnotherLedger(f"the root log never had {header.root_log_size} leaves ending in the one it names")
        self._facts.check_group(header)

    def _check_passport(self, passport: Passport, frame: Frame) -> None:
        header = frame.header
        if passport.revocation is not None and passport.revocation.reason is Reason.COMPROMISED:
            raise KeyCompromised(header.terminal)
        key_at(passport, header.collected_at)
        if certified_at(passport, header.collected_at) is None:
            raise NotYetCertified(header.terminal, header.collected_at)
        if passport.revocation is not None:
            _check_retired(passport, frame)


def _check_retired(passport: Passport, frame: Frame) -> None:
    try:
        check_last_frame(passport, frame.header.epoch, frame.header.seq, frame.frame_id)
    except AfterRetirement as error:
        raise Refused(str(error)) from error


class _Fresh:
    """The frames of one batch that pass, on top of the chain they will be appended to."""

    def __init__(self, chain: DataChain) -> None:
        self._chain = chain
        self._tips: dict[str, Entry] = {}
        self._numbers: dict[tuple[str, int, int], int] = {}
        self.uploads: list[bytes] = []
        self.entries: list[Entry] = []

    def position_of(self, frame: Frame) -> int | None:
        """Where the frame lies; None when it is the next of its terminal.

        Raises:
            Equivocation: another frame has its number.
            OutOfSequence: its number is not the next, or it does not continue the newest frame.
        """
        header = frame.header
        tip = self._tips.get(header.terminal) or self._chain.tips.get(header.terminal)
        epoch, seq, prev = (0, 1, FIRST) if tip is None else (tip.epoch, tip.seq + 1, tip.frame)
        if (header.epoch, header.seq, header.prev) == (epoch, seq, prev):
            return None
        if (header.epoch, header.seq) >= (epoch, seq):
            raise OutOfSequence(header, (epoch, seq))
        try:
            position, first = self._find(header)
        except Missing:
            raise OutOfSequence(header, (epoch, seq)) from None
        if first != frame.frame_id:
            raise Equivocation(header, first)
        return position

    def add(self, frame: Frame, upload: bytes) -> int:
        """Take the next frame of its terminal; returns the position it will have."""
        entry = entry_of(frame)
        position = self._chain.size + len(self.entries)
        self._tips[entry.terminal] = entry
        self._numbers[entry.terminal, entry.epoch, entry.seq] = position
        self.uploads.append(upload)
        self.entries.append(entry)
        return position

    def _find(self, header: FrameHeader) -> tuple[int, FrameId]:
        position = self._numbers.get((header.terminal, header.epoch, header.seq))
        if position is None:
            return self._chain.find(header.terminal, header.epoch, header.seq)
        return position, self.entries[position - self._chain.size].frame
