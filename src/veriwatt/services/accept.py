"""Accepting frames into an org's data chain (formats 3, 4): checks, one group commit, receipts.

`check_alone` needs only the upload and the terminal's key, so it may run in another process.
`Acceptance.accept` judges each frame against the passport, the ledger and the chain as they stand,
appends all that pass in one durable batch, and signs one checkpoint for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from veriwatt.crypto.signing import PublicKey, Signer
from veriwatt.errors import Missing, Refused, VeriwattError
from veriwatt.ids import Digest, FrameId
from veriwatt.model.anchor import log_origin
from veriwatt.model.checkpoint import Checkpoint, Receipt
from veriwatt.model.enrolment import Reason
from veriwatt.model.frame import FIRST, Frame, FrameHeader, check_protected, parse_frame
from veriwatt.model.manifest import Tip
from veriwatt.model.passport import AfterRetirement, Passport, check_collected, check_last_frame
from veriwatt.services.chain import DataChain, Entry, entry_of
from veriwatt.units import MINUTE, UtcMillis

CLOCK_TOLERANCE = 5 * MINUTE
"""How far a terminal's clock may run ahead of the node's."""

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
    """What acceptance asks of the ledger; answers may be cached until the head moves."""

    @property
    def chain_id(self) -> str: ...

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


@dataclass(frozen=True, slots=True)
class Accepted:
    """A frame that is in the chain; `known` when it was there before this call."""

    position: int
    frame: FrameId
    known: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """What one call did: an outcome for each upload, in order, and the checkpoint that covers them."""

    outcomes: tuple[Accepted | VeriwattError, ...]
    note: str


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
        """Judge each upload, append those that pass, and sign the checkpoint. Durable on return."""
        return self.accept_checked([self._alone(upload) for upload in uploads], uploads, now)

    def accept_checked(
        self, checked: Sequence[Frame | VeriwattError], uploads: Sequence[bytes], now: UtcMillis
    ) -> Batch:
        """As `accept`, for frames that went through `check_alone` already."""
        outcomes: list[Accepted | VeriwattError] = []
        fresh: list[bytes] = []
        entries: list[Entry] = []
        tips = dict(self._chain.tips)
        at = self._chain.size
        for frame, upload in zip(checked, uploads, strict=True):
            outcome = frame if isinstance(frame, VeriwattError) else self._against(frame, upload, tips, entries, now)
            if isinstance(outcome, Entry):
                fresh.append(upload)
                entries.append(outcome)
                tips[outcome.terminal] = outcome.tip()
                outcome = Accepted(at + len(fresh) - 1, outcome.frame, known=False)
            outcomes.append(outcome)
        if fresh:
            self._chain.append(fresh, entries)
        return Batch(tuple(outcomes), self.checkpoint(now))

    def checkpoint(self, now: UtcMillis) -> str:
        """The signed note of the chain's present size and root."""
        return Checkpoint(self._origin, self._chain.size, self._chain.root(), now + ANCHOR_WITHIN).sign(self._signer)

    def receipt(self, position: int, note: str) -> Receipt:
        """The receipt of a frame under the newest checkpoint, `note`."""
        return Receipt(note, position, self._chain.path(position))

    def _alone(self, upload: bytes) -> Frame | VeriwattError:
        try:
            frame = parse_frame(upload)
            key = self._facts.passport(frame.header.org, frame.header.terminal).key
            check_protected(frame, key)
            frame.verify(key)
        except VeriwattError as error:
            return error
        return frame

    def _against(
        self, frame: Frame, upload: bytes, tips: dict[str, Tip], entries: list[Entry], now: UtcMillis
    ) -> Entry | Accepted | VeriwattError:
        try:
            self._check_standing(frame, now)
            known = self._check_sequence(frame, tips, entries)
        except (KeyCompromised, Equivocation) as error:
            self._quarantine.keep(self._chain.org, upload, error.code)
            return error
        except VeriwattError as error:
            return error
        return known or entry_of(frame)

    def _check_standing(self, frame: Frame, now: UtcMillis) -> None:
        header = frame.header
        if header.chain != self._facts.chain_id or header.org != self._chain.org:
            raise AnotherLedger(f"it names chain {header.chain} and org {header.org}")
        passport = self._facts.passport(header.org, header.terminal)
        if not 1 <= header.passport_version <= passport.version:
            raise AnotherLedger(f"terminal {header.terminal} has no passport version {header.passport_version}")
        if max(header.collected_at, header.window.end) > now + CLOCK_TOLERANCE:
            raise ClockAhead(header, now)
        self._check_passport(passport, frame)
        if header.root_log_size and self._facts.root_log_leaf(header.root_log_size) != header.root_log_leaf:
            raise AnotherLedger(f"the root log never had {header.root_log_size} leaves ending in the one it names")
        self._facts.check_group(header)

    def _check_passport(self, passport: Passport, frame: Frame) -> None:
        header = frame.header
        if passport.revocation is not None and passport.revocation.reason is Reason.COMPROMISED:
            raise KeyCompromised(header.terminal)
        if check_collected(passport, header.collected_at).certification is None:
            raise NotYetCertified(header.terminal, header.collected_at)
        try:
            check_last_frame(passport, header.epoch, header.seq, frame.frame_id)
        except AfterRetirement as error:
            raise Refused(str(error)) from error

    def _check_sequence(self, frame: Frame, tips: dict[str, Tip], entries: list[Entry]) -> Accepted | None:
        """None when the frame is the next of its terminal; where it lies when it is in the chain already."""
        header, tip = frame.header, tips.get(frame.header.terminal)
        epoch, seq, prev = (0, 1, FIRST) if tip is None else (tip.epoch, tip.seq + 1, tip.frame)
        if (header.epoch, header.seq) >= (epoch, seq):
            if (header.epoch, header.seq, header.prev) != (epoch, seq, prev):
                raise OutOfSequence(header, (epoch, seq))
            return None
        position, first = self._find(header, entries)
        if first != frame.frame_id:
            raise Equivocation(header, first)
        return Accepted(position, first, known=True)

    def _find(self, header: FrameHeader, entries: list[Entry]) -> tuple[int, FrameId]:
        for i, entry in enumerate(entries):
            if (entry.terminal, entry.epoch, entry.seq) == (header.terminal, header.epoch, header.seq):
                return self._chain.size + i, entry.frame
        try:
            return self._chain.find(header.terminal, header.epoch, header.seq)
        except Missing:
            raise OutOfSequence(header, (header.epoch, header.seq)) from None
