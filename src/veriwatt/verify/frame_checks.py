"""The rules for a frame, each written once, numbered as in docs/spec/frame.md, section 4.

Rules 1 to 3 establish who sent an upload: `parse_frame`, `check_sender`. Rules 4 and 5 need the terminal's newest
frame: `check_same_frame` and `check_next`. Rules 6 to 9 decide whether the ledger allows the terminal to send it:
`check_standing`. All but 4 and 5 do not depend on the order of frames, so any process that reads the ledger may apply
them: `check_uploads`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol, TypeVar

from veriwatt.errors import Corrupted, VeriwattError
from veriwatt.ids import Digest, FrameId
from veriwatt.metering.group_points import GroupPoints
from veriwatt.model.chain.anchor import NO_LEAF
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.model.frames.number import FrameRef, Voids, number_after
from veriwatt.model.frames.origin import Meter
from veriwatt.model.frames.signing import check_signed_by
from veriwatt.model.ledger.predecessor import Predecessor
from veriwatt.model.terminals.passport import KeyPeriod, Passport, check_registered
from veriwatt.model.terminals.revocation_rules import check_retirement
from veriwatt.units import MINUTE, UtcMillis
from veriwatt.verify.frame_refusals import (
    ClockAhead,
    CollectedBeforeItsEnd,
    Equivocation,
    FrameOutOfSequence,
    KeyCompromised,
    NotCertified,
    VoidedNumber,
    WrongLedger,
)

T = TypeVar("T")
U = TypeVar("U")

CLOCK_TOLERANCE = 5 * MINUTE
"""How far a terminal's clock may run ahead of the checker's."""

TOGETHER = 128
"""Uploads to which one rule is applied before the next."""


class Sender(NamedTuple):
    """A frame, its signed bytes, and what the ledger says of its sender: passport, and key for the frame's number."""

    frame: Frame
    passport: Passport
    period: KeyPeriod
    signed: bytes


class CheckedFrame(NamedTuple):
    """A frame for which rules 1 to 3 hold at one height of the ledger, and rules 6 to 9 too when `standing`."""

    frame: Frame
    standing: bool


class FrameLedger(Protocol):
    """The state of a ledger that the rules read, all at one height."""

    @property
    def chain_id(self) -> str: ...

    @property
    def line(self) -> tuple[Predecessor, ...]:
        """The ledgers that this one continues, the eldest first."""
        ...

    def passport(self, org: str, terminal: str) -> Passport:
        """NotFound when the terminal is not enrolled."""
        ...

    def root_log_leaf(self, size: int) -> Digest:
        """The hash of leaf `size` - 1 of the root log, `size` >= 1; NotFound when the log is shorter."""
        ...

    def group_points(self, org: str, group: str, n: int, root: bytes) -> GroupPoints:
        """Version `n` of a group; NotFound when it is not registered with this root."""
        ...

    def check_slots(self, frame: Frame) -> None:
        """As the function `check_slots`, which need not be applied again to what passed it."""
        ...


def check_uploads(
    uploads: Sequence[bytes], ledger: FrameLedger, now: UtcMillis
) -> Iterator[CheckedFrame | VeriwattError]:
    """Rules 1 to 3 and 6 to 9 for many uploads that arrive at `now`, in order.

    An upload that rules 1 to 3 refuse is an error. A frame that breaks one of rules 6 to 9 is not refused here, as
    the chain may have it already and rule 4 comes first: acceptance applies those rules to it again, in order.

    Each rule is applied to 128 uploads before the next one is: alternating would evict the code and tables of either
    from the processor's first-level cache, libsodium's above all, at every frame.

    Raises:
        Corrupted: the ledger's files are damaged.
    """
    for at in range(0, len(uploads), TOGETHER):
        frames = _applied(parse_frame, uploads[at : at + TOGETHER])  # 1
        senders = _applied(lambda frame: sender_of(frame, ledger), frames)
        verified = _applied(lambda sender: check_sender(sender, ledger), senders)  # 2, 3
        stand = _applied(lambda sender: check_standing(sender, ledger, now, arriving=True), verified)  # 6 to 9
        yield from [
            each if isinstance(each, VeriwattError) else CheckedFrame(each.frame, broken is None)
            for each, broken in zip(verified, stand, strict=True)
        ]


def sender_of(frame: Frame, ledger: FrameLedger) -> Sender:
    """The frame's sender as the ledger has it, before the signature is verified; NotFound for an unknown terminal."""
    template = frame.template
    passport = ledger.passport(template.org, template.terminal)
    return Sender(frame, passport, passport.key_for(frame.number), frame.hashed())


def check_sender(sender: Sender, ledger: FrameLedger) -> Sender:
    """Rules 2 and 3: return `sender` if the terminal's key signed the frame for this ledger.

    Raises:
        Malformed, BadSignature: the terminal's key did not sign these bytes as a frame.
        WrongLedger: the frame names another chain.
    """
    frame, _, period, signed = sender
    check_signed_by(period.key, frame.protected, signed, frame.signature)  # 2
    if frame.template.chain != ledger.chain_id:  # 3
        _check_of_predecessor(frame, ledger)
    return sender


def _check_of_predecessor(frame: Frame, ledger: FrameLedger) -> None:
    """Rule 3 for a frame of another chain: raise WrongLedger unless it was signed for a ledger that this one continues.

    Whoever knows a leaf of beyond that ledger's end knows that it ended.
    """
    chain, size = frame.template.chain, frame.place.root_log_size
    for each in ledger.line:
        if each.chain_id == chain:
            if size > each.ended.root_log_size:
                raise WrongLedger(
                    f"it names chain {chain}, and leaf {size - 1} of the root log, which is of a later one"
                )
            return
    raise WrongLedger(f"it names chain {chain}, this ledger is {ledger.chain_id}")


def check_org(frame: Frame, org: str) -> None:
    """Rule 3: raise WrongLedger unless the frame names the org of the data chain to which it was sent."""
    if frame.org != org:
        raise WrongLedger(f"it names org {frame.org}, this data chain is of {org}")


def check_same_frame(frame: Frame, first: FrameId) -> None:
    """Rule 4: raise Equivocation unless the frame's id is `first`, that of the frame in the chain with its number."""
    if frame.frame_id != first:
        raise Equivocation(frame.ref, first)


def check_next(frame: Frame, newest: FrameRef | None, voids: Voids) -> None:
    """Rule 5: raise unless the frame follows the newest one of its terminal.

    Raises:
        VoidedNumber: the frame's number is void.
        FrameOutOfSequence: the next frame has another number, or another `prev`.
    """
    if voids and frame.number in voids:
        raise VoidedNumber(frame.ref)
    number, prev = number_after(newest, voids)
    if frame.number != number or frame.prev != prev:
        raise FrameOutOfSequence(frame.ref, number)


def check_standing(sender: Sender, ledger: FrameLedger, now: UtcMillis, *, arriving: bool) -> None:
    """Rules 6 to 9: raise unless the ledger allows the terminal to send this frame at `now`.

    Args:
        arriving: whether the frame is being sent to the log host now. False for a frame in the chain: then a later
            retirement or report of compromise does not refuse it; evidence states such caveats.

    Raises:
        KeyCompromised: the key was reported compromised.
        Refused, NotProven, NotFound: a rule does not hold; the text says which.
    """
    frame, passport, period, _ = sender
    place = frame.place
    if not 1 <= place.passport_version <= passport.version:  # 6
        raise WrongLedger(f"terminal {frame.terminal} has no passport version {place.passport_version}")
    if place.collected_at > now + CLOCK_TOLERANCE or place.end > now + CLOCK_TOLERANCE:
        raise ClockAhead(frame.header, now)
    if arriving and passport.report is not None:  # 7
        raise KeyCompromised(frame.terminal)
    if arriving and passport.retirement is not None:
        check_retirement(passport, frame.ref, now)
    check_registered(passport, period, place.collected_at)
    for certification in passport.certifications:
        if certification.holds_at(place.collected_at):
            break
    else:
        raise NotCertified(frame.terminal, place.collected_at)
    leaf = ledger.root_log_leaf(place.root_log_size) if place.root_log_size else NO_LEAF  # 8
    if leaf != place.root_log_leaf:
        raise WrongLedger(f"leaf {place.root_log_size - 1} of the root log is not the one that it names")
    ledger.check_slots(frame)  # 9
    if place.collected_at < place.end and isinstance(frame.template.origin, Meter):
        raise CollectedBeforeItsEnd(frame.header)


def check_slots(frame: Frame, ledger: FrameLedger) -> None:
    """Rule 9: raise unless the groups' spans are their points' slots in the window, and the points are the terminal's.

    The result depends on the frame's template, its window and its definition roots alone.

    Raises:
        NotFound: a group has no such version with this root.
        Refused: a point has other slots in the window, or that lies in two key windows; or the values were read from
            meters, and no definition of a group names the terminal.
    """
    place, template = frame.place, frame.template
    for group, sealed in zip(template.groups, frame.sealed, strict=True):
        points = ledger.group_points(template.org, group.group, group.version, sealed.definition_root)
        points.check_slots(group.group, group.spans, place.start, place.end)
        if isinstance(template.origin, Meter):
            points.check_meter(template.terminal)


def _applied(rule: Callable[[T], U], items: Iterable[T | VeriwattError]) -> list[U | VeriwattError]:
    """What the rule makes of each item that no rule before it has refused; an error is the outcome of a refused one."""
    outcomes = list[U | VeriwattError]()
    for item in items:
        try:
            outcomes.append(item if isinstance(item, VeriwattError) else rule(item))
        except Corrupted:
            raise
        except VeriwattError as error:
            outcomes.append(error.with_traceback(None))  # its frames hold this list, and the upload
    return outcomes
