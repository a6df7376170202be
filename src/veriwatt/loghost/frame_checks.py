"""Judging frames by themselves: all that is judged of one but its place in the chain.

It takes an upload, what the ledger says and the time, so any process that reads the ledger may do it. The numbers
are those of docs/spec/frame.md, section 4; `accept` does 4 and 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from veriwatt.crypto.signing import verify_signature
from veriwatt.errors import Corrupted, VeriwattError
from veriwatt.loghost.ledger_cache import LedgerCache
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.chain.anchor import NO_LEAF
from veriwatt.model.chain.entry import ChainEntry, chain_entry_of
from veriwatt.model.frames.frame import Frame, check_protected, frame_id_of, leaf_data
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.frames.upload import Glance, glance, parse_frame
from veriwatt.model.terminals.enrolment import Reason
from veriwatt.model.terminals.passport import Passport, certified_at, check_last_frame, check_still_awaited, key_at
from veriwatt.units import MINUTE, UtcMillis
from veriwatt.verify.frame_refusals import ClockAhead, KeyCompromised, NotCertified, WrongLedger

CLOCK_TOLERANCE = 5 * MINUTE
"""How far a terminal's clock may run ahead of the node's."""

TOGETHER = 128
"""Uploads that are parsed before the first of them is verified."""


class CheckedFrame(NamedTuple):
    """An upload that is a whole frame of this ledger, signed by the key of the terminal that it names.

    `prev` is the id that it continues (32 bytes). `refusal` says why its terminal may not have sent it, as the ledger
    stands; a frame that is in the chain already stays there all the same.
    """

    org: str
    prev: bytes
    entry: ChainEntry
    upload: bytes
    refusal: VeriwattError | None = None


def check_frames(
    uploads: Sequence[bytes], ledger_cache: LedgerCache, now: UtcMillis
) -> Iterator[CheckedFrame | VeriwattError]:
    """What each upload is, in order; or why it is no frame that this ledger knows.

    Many are looked at before their signatures are verified: parsing and the curve's tables do not fit the processor's
    nearest cache together, and so each has it for a while.

    Raises:
        Corrupted: the ledger's files are not what they were; no frame is to blame.
    """
    for at in range(0, len(uploads), TOGETHER):
        part = uploads[at : at + TOGETHER]
        for upload, seen in zip(part, [glance(upload) for upload in part], strict=True):
            yield (seen and check_known_shape(seen, ledger_cache, now)) or check_in_full(upload, ledger_cache, now)


def check_known_shape(seen: Glance, ledger_cache: LedgerCache, now: UtcMillis) -> CheckedFrame | None:
    """The frame, when it may enter and nothing about it is out of the ordinary: else None, and it is judged in full."""
    sender, same = ledger_cache.sender(seen), seen.same
    if sender is None:
        return None
    version, epoch, seq, prev, start, end, collected_at, root_log_size, root_log_leaf, _, _ = seen.place
    latest = now + CLOCK_TOLERANCE
    if not 1 <= version <= sender.version or collected_at > latest or end > latest:
        return None
    if not sender.first <= (epoch, seq) or (sender.before is not None and (epoch, seq) >= sender.before):
        return None
    for since, until in sender.certified:
        if since <= collected_at < until:
            break
    else:
        return None
    try:
        verify_signature(sender.key, seen.signed, seen.signature, "a frame")  # before whatever takes longer to look up
        _check_root_log(root_log_size, root_log_leaf, ledger_cache)
        (group,) = same.groups
        ledger_cache.check_group(same.org, group.group, seen.sealed[0], group.spans, start, end)
    except Corrupted:
        raise
    except VeriwattError:
        return None
    frame = frame_id_of(seen.signed)
    ref = FrameRef(same.terminal, FrameNumber(epoch, seq), frame)
    entry = ChainEntry(leaf_hash(leaf_data(frame, seen.signature)), ref)
    return CheckedFrame(same.org, prev, entry, seen.upload)


def check_in_full(upload: bytes, ledger_cache: LedgerCache, now: UtcMillis) -> CheckedFrame | VeriwattError:
    """What the upload is, with every check in words."""
    try:
        frame = parse_frame(upload)  # 1
        passport = ledger_cache.passport(frame.header.org, frame.header.terminal)
        key = passport.key_for(frame.header.number).key
        check_protected(frame.protected, key)  # 2
        frame.verify(key)
        if frame.header.chain != ledger_cache.chain_id:  # 3
            raise WrongLedger(f"it names chain {frame.header.chain}")
    except Corrupted:
        raise
    except VeriwattError as error:
        return error
    header = frame.header
    return CheckedFrame(
        header.org, header.prev, chain_entry_of(frame), upload, _refusal(frame, passport, ledger_cache, now)
    )


def _refusal(frame: Frame, passport: Passport, ledger_cache: LedgerCache, now: UtcMillis) -> VeriwattError | None:
    header = frame.header
    try:
        _check_standing(frame, passport, now)  # 6, 7
        _check_root_log(header.root_log_size, header.root_log_leaf, ledger_cache)  # 8
        for group in header.groups:  # 9
            ledger_cache.check_group(
                header.org, group.group, group.definition_root, group.spans, header.window.start, header.window.end
            )
    except Corrupted:
        raise
    except VeriwattError as error:
        return error
    return None


def _check_standing(frame: Frame, passport: Passport, now: UtcMillis) -> None:
    header = frame.header
    if not 1 <= header.passport_version <= passport.version:
        raise WrongLedger(f"terminal {header.terminal} has no passport version {header.passport_version}")
    if header.collected_at > now + CLOCK_TOLERANCE or header.window.end > now + CLOCK_TOLERANCE:
        raise ClockAhead(header, now)
    if passport.revocation is not None:
        _check_revoked(frame, passport, now)
    key_at(passport, header.number, header.collected_at)
    if certified_at(passport, header.collected_at) is None:
        raise NotCertified(header.terminal, header.collected_at)


def _check_revoked(frame: Frame, passport: Passport, now: UtcMillis) -> None:
    if passport.revocation is not None and passport.revocation.reason is Reason.COMPROMISED:
        raise KeyCompromised(passport.terminal)
    check_last_frame(passport, frame.ref)
    check_still_awaited(passport, now)


def _check_root_log(size: int, leaf: bytes, ledger_cache: LedgerCache) -> None:
    known = ledger_cache.root_log_leaf(size) if size else NO_LEAF
    if known != leaf:
        raise WrongLedger(f"the root log never had {size} leaves ending in the one it names")
