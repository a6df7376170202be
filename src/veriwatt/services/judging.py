"""Judging frames by themselves (formats 3, 4): all that is judged of one but its place in the chain.

It takes an upload, what the ledger says and the time, so any process that reads the ledger may do it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from veriwatt.errors import Corrupted, Refused, VeriwattError
from veriwatt.ids import Digest
from veriwatt.model.enrolment import Reason
from veriwatt.model.frame import Frame, FrameHeader, check_protected
from veriwatt.model.passport import AfterRetirement, Passport, certified_at, check_last_frame, key_at
from veriwatt.model.upload import parse_frame
from veriwatt.services.entry import Entry, entry_of
from veriwatt.services.frame_refusals import AnotherLedger, ClockAhead, KeyCompromised, NotYetCertified
from veriwatt.units import MINUTE, UtcMillis

CLOCK_TOLERANCE = 5 * MINUTE
"""How far a terminal's clock may run ahead of the node's."""

NO_LEAF = Digest(bytes(Digest.LENGTH))
"""What a header names when its terminal knew of no leaf of the root log."""

TOGETHER = 32
"""Uploads that are parsed before the first of them is verified."""


class LedgerFacts(Protocol):
    """What is asked of the ledger; answers may be cached from one `refresh` to the next."""

    @property
    def chain_id(self) -> str: ...

    def refresh(self) -> int:
        """Answer from the ledger's newest state from now on, and return its height; called before each batch."""
        ...

    def passport(self, org: str, terminal: str) -> Passport:
        """Missing when the terminal is not enrolled."""
        ...

    def root_log_leaf(self, size: int) -> Digest:
        """The newest leaf's hash when the root log had `size` leaves; Missing when it never had."""
        ...

    def check_groups(self, header: FrameHeader) -> None:
        """Raise Refused unless every group of the frame is a registered version whose slots fill its spans."""
        ...


class Judged(NamedTuple):
    """An upload that is a whole frame of this ledger, signed by the key of the terminal that it names.

    `prev` is the id that it continues (32 bytes). `refusal` says why its terminal may not have sent it, as the ledger
    stands; a frame that is in the chain already stays there all the same.
    """

    org: str
    prev: bytes
    entry: Entry
    upload: bytes
    refusal: VeriwattError | None = None


def judge(uploads: Sequence[bytes], facts: LedgerFacts, now: UtcMillis) -> Iterator[Judged | VeriwattError]:
    """What each upload is, in order; or why it is no frame that this ledger knows.

    A few dozen are parsed before their signatures are verified: parsing and the curve's tables do not
    fit the processor's nearest cache together, and so each has it for a while.

    Raises:
        Corrupted: the ledger's files are not what they were; no frame is to blame.
    """
    for at in range(0, len(uploads), TOGETHER):
        parsed = [_parsed(upload, facts) for upload in uploads[at : at + TOGETHER]]
        yield from [_judged(*each, facts, now) if isinstance(each, tuple) else each for each in parsed]


def _parsed(upload: bytes, facts: LedgerFacts) -> tuple[Frame, Passport] | VeriwattError:
    try:
        frame = parse_frame(upload)
        return frame, facts.passport(frame.header.org, frame.header.terminal)
    except Corrupted:
        raise
    except VeriwattError as error:
        return error


def _judged(frame: Frame, passport: Passport, facts: LedgerFacts, now: UtcMillis) -> Judged | VeriwattError:
    header, key = frame.header, passport.key
    try:
        check_protected(frame, key)
        frame.verify(key)
        if header.chain != facts.chain_id:
            raise AnotherLedger(f"it names chain {header.chain}")
    except VeriwattError as error:
        return error
    return Judged(header.org, header.prev, entry_of(frame), frame.upload, _refusal(frame, passport, facts, now))


def _refusal(frame: Frame, passport: Passport, facts: LedgerFacts, now: UtcMillis) -> VeriwattError | None:
    try:
        _check_standing(frame, passport, now)
        _check_root_log(frame.header, facts)
        facts.check_groups(frame.header)
    except Corrupted:
        raise
    except VeriwattError as error:
        return error
    return None


def _check_standing(frame: Frame, passport: Passport, now: UtcMillis) -> None:
    header = frame.header
    if not 1 <= header.passport_version <= passport.version:
        raise AnotherLedger(f"terminal {header.terminal} has no passport version {header.passport_version}")
    if header.collected_at > now + CLOCK_TOLERANCE or header.window.end > now + CLOCK_TOLERANCE:
        raise ClockAhead(header, now)
    if passport.revocation is not None:
        _check_revoked(frame, passport)
    key_at(passport, header.collected_at)
    if certified_at(passport, header.collected_at) is None:
        raise NotYetCertified(header.terminal, header.collected_at)


def _check_revoked(frame: Frame, passport: Passport) -> None:
    header = frame.header
    if passport.revocation is not None and passport.revocation.reason is Reason.COMPROMISED:
        raise KeyCompromised(header.terminal)
    try:
        check_last_frame(passport, header.epoch, header.seq, frame.frame_id)
    except AfterRetirement as error:
        raise Refused(str(error)) from error


def _check_root_log(header: FrameHeader, facts: LedgerFacts) -> None:
    known = facts.root_log_leaf(header.root_log_size) if header.root_log_size else NO_LEAF
    if known != header.root_log_leaf:
        raise AnotherLedger(f"the root log never had {header.root_log_size} leaves ending in the one it names")
