"""The passport: the ledger's record of a terminal, with the validity of its keys and certifications in time.

    passport      = [2, version, org, terminal, suite, key, protection, model, firmware, enrolled at,
                     [certification ...], revocation | null]
    certification = [org, member, valid from, valid until, at, admitted by | null, [granting org ...], basis | null]
    revocation    = [reason, org, from | null, at height, at time, retired, epoch, seq, frame id | null]

Every change makes a new version number, and nothing in a passport is ever removed: the newest version is valid for
every earlier time. Spec: docs/spec/passport.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from veriwatt.crypto.signing import Protection, PublicKey
from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Malformed, NotProven
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.members.registered_key import key_fields, read_registered_key
from veriwatt.model.terminals.certification import CERTIFICATION_LIMIT, Certification
from veriwatt.model.terminals.enrolment import TEXT_LIMIT, Reason, parse_protection
from veriwatt.model.terminals.revocation import Revocation
from veriwatt.units import DAY, MINUTE, UtcMillis
from veriwatt.utc_text import utc_text

SPOOL_AGE = 184 * DAY
"""184 days: a terminal stores a frame at least so long after its window, and so long a retired one may deliver."""

CLOCK_MARGIN = 10 * MINUTE
"""The most that a terminal's clock may be behind the ledger's when its key is registered."""


@dataclass(frozen=True, slots=True)
class KeyPeriod:
    """The key that signs a terminal's frames from number `first` on, until the next period begins.

    `since` is the time of the block that registered the key; `protection` says where the private key is stored.
    """

    key: PublicKey
    protection: Protection
    since: UtcMillis
    first: FrameNumber = FrameNumber(0, 0)


@dataclass(frozen=True, slots=True)
class Passport:
    """A terminal's record at one height of the ledger.

    `keys` is the history of its keys: it is not empty, its first period begins with frame number (0, 0), and each later
    period has a higher number and no earlier time. So every frame number has exactly one key.
    """

    version: int
    org: str
    terminal: str
    keys: tuple[KeyPeriod, ...]
    model: str
    firmware: str
    certifications: tuple[Certification, ...] = ()
    revocation: Revocation | None = None

    def __post_init__(self) -> None:
        if not self.keys or self.keys[0].first != (0, 0):
            raise Malformed(f"passport of {self.terminal}: no key signs its first frame")
        for before, after in pairwise(self.keys):
            if before.first >= after.first or before.since > after.since:
                raise Malformed(f"passport of {self.terminal}: its keys are not in the order of their periods")

    @property
    def enrolled_at(self) -> UtcMillis:
        return self.keys[0].since

    @property
    def newest_key(self) -> KeyPeriod:
        """The key for new frames; `key_for` gives the key of an existing frame."""
        return self.keys[-1]

    def key_for(self, number: FrameNumber) -> KeyPeriod:
        """The key that signs the frame with this number."""
        for period in reversed(self.keys):
            if period.first <= number:
                return period
        raise AssertionError("the first period begins with number (0, 0)")

    def to_bytes(self) -> bytes:
        """The record in format version 1, which has one key.

        Raises:
            ValueError: this passport has several keys.
        """
        if len(self.keys) != 1:
            raise ValueError(f"passport record version 1 states one key, not {len(self.keys)}")
        (period,) = self.keys
        return encode(
            [
                FORMAT,
                self.version,
                self.org,
                self.terminal,
                *key_fields(period.key),
                period.protection.value,
                self.model,
                self.firmware,
                period.since,
                [c.fields() for c in self.certifications],
                None if self.revocation is None else self.revocation.fields(),
            ]
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Passport:
        f = Fields.versioned(decode(raw, "passport"), "passport", 12)
        version, org, terminal, key = f.uint("version"), f.name("org"), f.name("terminal"), read_registered_key(f)
        protection, model = parse_protection(f.text("protection")), f.text("model", TEXT_LIMIT)
        firmware, enrolled_at = f.text("firmware", TEXT_LIMIT), f.uint("enrolled at")
        certifications = f.each("certifications", Certification.parse, CERTIFICATION_LIMIT)
        keys = (KeyPeriod(key, protection, enrolled_at),)
        return cls(
            version,
            org,
            terminal,
            keys,
            model,
            firmware,
            certifications,
            f.optional(lambda value: Revocation.parse(value, terminal)),
        )


def key_at(passport: Passport, number: FrameNumber, t: UtcMillis) -> PublicKey:
    """The key that signs the frame with this number, collected at `t`.

    Raises:
        NotProven: `t` is more than CLOCK_MARGIN before the block that registered that key.
    """
    period = passport.key_for(number)
    if t < period.since - CLOCK_MARGIN:
        raise NotEnrolled(passport.terminal, t, period.since)
    return period.key


def certified_at(passport: Passport, t: UtcMillis) -> Certification | None:
    """The certification valid at `t`, of several preferably by another org, then the newest; None if none is."""
    best: Certification | None = None
    for each in passport.certifications:
        if each.valid_from <= t < each.valid_until and (
            best is None or each.org != passport.org or best.org == passport.org
        ):
            best = each
    return best


def weakest_certification(passport: Passport, moments: Sequence[UtcMillis]) -> Certification | None:
    """The weakest certification at these times: none, then one by the terminal's own org, then one by another org.

    Among equals, that of the first time. A terminal has no certification before its enrolment.
    """
    certifications = [certified_at(passport, t) for t in moments if t >= passport.enrolled_at - CLOCK_MARGIN]
    valid = [each for each in certifications if each is not None]
    if len(valid) < len(moments):
        return None
    own = [each for each in valid if each.org == passport.org]
    return (own or valid)[0]


def check_anchored_in_time(passport: Passport, height: int) -> None:
    """Raise unless a frame anchored in block `height` was anchored before a report of compromise.

    Raises:
        NotProven: the key was reported compromised in this or an earlier block.
    """
    revocation = passport.revocation
    if revocation is not None and revocation.reason is Reason.COMPROMISED and height >= revocation.at_height:
        raise AnchoredAfterRevocation(passport.terminal, height, revocation.at_height)


def check_last_frame(passport: Passport, frame: FrameRef) -> None:
    """Raise if the terminal has retired and this frame is after its last one.

    Raises:
        NotProven: the frame is after the last one, or has its number and another id.
    """
    revocation = passport.revocation
    if revocation is None or not revocation.retired:
        return
    last = revocation.last
    if last is None or frame.number > last.number or (frame.number == last.number and frame != last):
        raise AfterRetirement(frame)


def check_within_spool_age(passport: Passport, t: UtcMillis) -> None:
    """Raise if the terminal has retired more than SPOOL_AGE before `t`, the time of the frame's arrival.

    Raises:
        NotProven: the frame is too late; no spool has to store frames so long.
    """
    revocation = passport.revocation
    if revocation is not None and revocation.retired and t > revocation.at_time + SPOOL_AGE:
        raise TooLateAfterRetirement(passport.terminal, t, revocation.at_time)


class NotEnrolled(NotProven):
    """A frame collected before the key that signs it was registered."""

    code = "not-enrolled"

    def __init__(self, terminal: str, t: UtcMillis, since: UtcMillis) -> None:
        super().__init__(
            f"terminal {terminal} had its key registered at {utc_text(since)}; a frame collected at {utc_text(t)} "
            f"is more than {CLOCK_MARGIN // MINUTE} minutes too early"
        )
        self.terminal, self.t, self.since = terminal, t, since


class AnchoredAfterRevocation(NotProven):
    """A frame of a compromised key, not anchored before the revocation."""

    code = "anchored-after-revocation"

    def __init__(self, terminal: str, height: int, revoked: int) -> None:
        super().__init__(f"terminal {terminal} was found compromised in block {revoked}; anchored only in {height}")
        self.terminal, self.height, self.revoked = terminal, height, revoked


class AfterRetirement(NotProven):
    """A frame after the last frame of a retired terminal."""

    code = "after-retirement"

    def __init__(self, frame: FrameRef) -> None:
        super().__init__(f"terminal {frame.terminal} is retired, and frame {frame.number} is not one up to its last")
        self.terminal, (self.epoch, self.seq) = frame.terminal, frame.number


class TooLateAfterRetirement(NotProven):
    """A frame that arrived more than SPOOL_AGE after its terminal retired."""

    code = "too-late-after-retirement"

    def __init__(self, terminal: str, t: UtcMillis, retired_at: UtcMillis) -> None:
        super().__init__(
            f"terminal {terminal} retired at {utc_text(retired_at)}; a frame that came at {utc_text(t)} "
            f"is more than {SPOOL_AGE // DAY} days late"
        )
        self.terminal, self.t, self.retired_at = terminal, t, retired_at
