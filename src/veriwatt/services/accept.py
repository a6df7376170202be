"""Accepting frames into an org's data chain (formats 3, 4): checks, one group commit, receipts.

`all_alone` needs only uploads and passports, so it may run in another process.
`Acceptance.accept` judges each frame against the passport, the ledger and the chain as they stand,
appends all that pass in one durable batch, and signs one checkpoint for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from veriwatt.crypto.signing import PublicKey, Signer
from veriwatt.errors import Corrupted, Missing, NotProven, Refused, VeriwattError
from veriwatt.ids import Digest, FrameId
from veriwatt.model.anchor import log_origin
from veriwatt.model.checkpoint import Checkpoint, Receipt
from veriwatt.model.enrolment import Reason
from veriwatt.model.frame import FIRST, Frame, parse_frame
from veriwatt.model.passport import Passport, certified_at, check_last_frame, check_still_awaited, key_at
from veriwatt.services.arrival import Arrival, verified
from veriwatt.services.chain import DataChain, Entry
from veriwatt.services.frame_refusals import (
    AnotherLedger,
    ClockAhead,
    Equivocation,
    KeyCompromised,
    NotYetCertified,
    OutOfSequence,
)
from veriwatt.units import MINUTE, UtcMillis

CLOCK_TOLERANCE = 5 * MINUTE
"""How far a terminal's clock may run ahead of the node's."""

NO_LEAF = Digest(bytes(Digest.LENGTH))
"""What a header names when its terminal knew of no leaf of the root log."""

TOGETHER = 32
"""Uploads that are parsed before the first of them is verified."""

ANCHOR_WITHIN = 60 * MINUTE
"""The promise that a receipt's checkpoint makes: an anchor by then."""


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

    def check_groups(self, arrival: Arrival) -> None:
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
        return self._take(all_alone(uploads, self._facts), uploads, now)

    def accept_checked(
        self, checked: Sequence[Arrival | VeriwattError], uploads: Sequence[bytes], now: UtcMillis
    ) -> Batch:
        """As `accept`, for uploads that went through `all_alone` in another process."""
        self._facts.refresh()
        return self._take(checked, uploads, now)

    def checkpoint(self, now: UtcMillis) -> str:
        """The signed note of the chain's present size and root."""
        return Checkpoint(self._origin, self._chain.size, self._chain.root(), now + ANCHOR_WITHIN).sign(self._signer)

    def receipt(self, position: int, batch: Batch) -> Receipt:
        """The receipt of a frame under the checkpoint of a batch that was accepted with it or later."""
        return Receipt(batch.note, position, self._chain.path(position, batch.size))

    def _take(
        self, checked: Iterable[Arrival | VeriwattError], uploads: Sequence[bytes], now: UtcMillis
    ) -> Batch:
        fresh = _Fresh(self._chain)
        outcomes = tuple(
            self._against(arrival, upload, fresh, now) for arrival, upload in zip(checked, uploads, strict=True)
        )
        if fresh.uploads:
            self._chain.append(fresh.uploads, fresh.entries)
        return Batch(outcomes, self.checkpoint(now), self._chain.size)

    def _against(
        self, arrival: Arrival | VeriwattError, upload: bytes, fresh: _Fresh, now: UtcMillis
    ) -> Accepted | VeriwattError:
        if isinstance(arrival, VeriwattError):
            return arrival
        try:
            if arrival.chain != self._facts.chain_id or arrival.org != self._chain.org:
                raise AnotherLedger(f"it names chain {arrival.chain} and org {arrival.org}")
            position = fresh.position_of(arrival)
            if position is not None:
                return Accepted(position, arrival.frame, known=True)
            self._check_standing(arrival, now)
            return Accepted(fresh.add(arrival, upload), arrival.frame, known=False)
        except (KeyCompromised, Equivocation) as error:
            self._quarantine.keep(self._chain.org, upload, error.code)
            return error
        except Corrupted:
            raise
        except VeriwattError as error:
            return error

    def _check_standing(self, arrival: Arrival, now: UtcMillis) -> None:
        passport = self._facts.passport(arrival.org, arrival.terminal)
        if not 1 <= arrival.passport_version <= passport.version:
            raise AnotherLedger(f"terminal {arrival.terminal} has no passport version {arrival.passport_version}")
        if arrival.collected_at > now + CLOCK_TOLERANCE or arrival.window.end > now + CLOCK_TOLERANCE:
            raise ClockAhead(arrival, now)
        if passport.revocation is not None:
            _check_revoked(passport, arrival, now)
        key_at(passport, arrival.collected_at)
        if certified_at(passport, arrival.collected_at) is None:
            raise NotYetCertified(arrival.terminal, arrival.collected_at)
        known = self._facts.root_log_leaf(arrival.root_log_size) if arrival.root_log_size else NO_LEAF
        if known != arrival.root_log_leaf:
            raise AnotherLedger(f"the root log never had {arrival.root_log_size} leaves ending in the one it names")
        self._facts.check_groups(arrival)


def all_alone(uploads: Sequence[bytes], facts: LedgerFacts) -> Iterator[Arrival | VeriwattError]:
    """What is judged of each upload, verified by the key that its terminal's passport names; or why it is nothing.

    A few dozen are parsed before their signatures are verified: parsing and the curve's tables do not
    fit the processor's nearest cache together, and so each has it for a while.

    Raises:
        Corrupted: the ledger's files are not what they were; no frame is to blame.
    """
    for at in range(0, len(uploads), TOGETHER):
        parsed = [_parsed(upload, facts) for upload in uploads[at : at + TOGETHER]]
        yield from [_verified(*each) if isinstance(each, tuple) else each for each in parsed]


def _parsed(upload: bytes, facts: LedgerFacts) -> tuple[Frame, PublicKey] | VeriwattError:
    try:
        frame = parse_frame(upload)
        return frame, facts.passport(frame.header.org, frame.header.terminal).key
    except Corrupted:
        raise
    except VeriwattError as error:
        return error


def _verified(frame: Frame, key: PublicKey) -> Arrival | VeriwattError:
    try:
        return verified(frame, key)
    except VeriwattError as error:
        return error


def _check_revoked(passport: Passport, arrival: Arrival, now: UtcMillis) -> None:
    if passport.revocation is not None and passport.revocation.reason is Reason.COMPROMISED:
        raise KeyCompromised(arrival.terminal)
    try:
        check_last_frame(passport, arrival.epoch, arrival.seq, arrival.frame)
        check_still_awaited(passport, now)
    except NotProven as error:
        raise Refused(str(error)) from error


class _Fresh:
    """The frames of one batch that pass, on top of the chain they will be appended to."""

    def __init__(self, chain: DataChain) -> None:
        self._chain = chain
        self._tips: dict[str, Entry] = {}
        self._numbers: dict[tuple[str, int, int], int] = {}
        self.uploads: list[bytes] = []
        self.entries: list[Entry] = []

    def position_of(self, arrival: Arrival) -> int | None:
        """Where the frame lies; None when it is the next of its terminal.

        Raises:
            Equivocation: another frame has its number.
            OutOfSequence: its number is not the next, or it does not continue the newest frame.
        """
        tip = self._tips.get(arrival.terminal) or self._chain.tips.get(arrival.terminal)
        epoch, seq, prev = (0, 1, FIRST) if tip is None else (tip.epoch, tip.seq + 1, tip.frame)
        if (arrival.epoch, arrival.seq, arrival.prev) == (epoch, seq, prev):
            return None
        if (arrival.epoch, arrival.seq) >= (epoch, seq):
            raise OutOfSequence(arrival, (epoch, seq))
        try:
            position, first = self._find(arrival)
        except Missing:
            raise OutOfSequence(arrival, (epoch, seq)) from None
        if first != arrival.frame:
            raise Equivocation(arrival, first)
        return position

    def add(self, arrival: Arrival, upload: bytes) -> int:
        """Take the next frame of its terminal; returns the position it will have."""
        entry = Entry(arrival.leaf, arrival.frame, arrival.terminal, arrival.epoch, arrival.seq)
        position = self._chain.size + len(self.entries)
        self._tips[entry.terminal] = entry
        self._numbers[entry.terminal, entry.epoch, entry.seq] = position
        self.uploads.append(upload)
        self.entries.append(entry)
        return position

    def _find(self, arrival: Arrival) -> tuple[int, FrameId]:
        position = self._numbers.get((arrival.terminal, arrival.epoch, arrival.seq))
        if position is None:
            return self._chain.find(arrival.terminal, arrival.epoch, arrival.seq)
        return position, self.entries[position - self._chain.size].frame
