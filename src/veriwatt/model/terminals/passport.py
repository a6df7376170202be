"""The passport: the ledger's record of a terminal, with the validity of its keys and certifications in time.

    passport      = [2, version, org, terminal, suite, key, protection, model, firmware, enrolled at,
                     [certification ...], retirement | null, report | null, equivocations]
    certification = [org, member, valid from, valid until, at, admitted by | null, [granting org ...], basis | null]

`revocation.py` has retirement and report. Every change makes a new version number, and nothing is ever removed: the
newest version is valid for every earlier time. Spec: docs/spec/passport.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from veriwatt.crypto.signing import Protection, PublicKey
from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Malformed, NotProven
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.members.registered_key import key_fields, read_registered_key
from veriwatt.model.terminals.certification import Certification
from veriwatt.model.terminals.enrolment import TEXT_LIMIT, parse_protection
from veriwatt.model.terminals.revocation import Reason, Report, Retirement
from veriwatt.units import MINUTE, UtcMillis
from veriwatt.utc_text import utc_text

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
    retirement: Retirement | None = None
    report: Report | None = None
    equivocations: int = 0

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

    @property
    def revoked(self) -> Reason | None:
        """Why the terminal is not to send new frames; None while it may."""
        if self.report is not None:
            return Reason.COMPROMISED
        return None if self.retirement is None else Reason.RETIRED

    def key_for(self, number: FrameNumber) -> KeyPeriod:
        """The key that signs the frame with this number."""
        for period in reversed(self.keys):
            if period.first <= number:
                return period
        raise AssertionError("the first period begins with number (0, 0)")

    def to_bytes(self) -> bytes:
        """The record, which has one key in this format.

        Raises:
            ValueError: this passport has several keys.
        """
        if len(self.keys) != 1:
            raise ValueError(f"a passport record states one key, not {len(self.keys)}")
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
                None if self.retirement is None else self.retirement.fields(),
                None if self.report is None else self.report.fields(),
                self.equivocations,
            ]
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Passport:
        f = Fields.versioned(decode(raw, "passport"), "passport", 14)
        version, org, terminal, key = f.uint("version"), f.name("org"), f.name("terminal"), read_registered_key(f)
        protection, model = parse_protection(f.text("protection")), f.text("model", TEXT_LIMIT)
        firmware, enrolled_at = f.text("firmware", TEXT_LIMIT), f.uint("enrolled at")
        certifications = f.each("certifications", Certification.parse)
        keys = (KeyPeriod(key, protection, enrolled_at),)
        return cls(
            version,
            org,
            terminal,
            keys,
            model,
            firmware,
            certifications,
            f.optional(lambda value: Retirement.parse(value, terminal)),
            f.optional(Report.parse),
            f.uint("equivocations"),
        )


def key_at(passport: Passport, number: FrameNumber, t: UtcMillis) -> PublicKey:
    """The key that signs the frame with this number, collected at `t`.

    Raises:
        NotProven: `t` is more than CLOCK_MARGIN before the block that registered that key.
    """
    period = passport.key_for(number)
    check_registered(passport, period, t)
    return period.key


def check_registered(passport: Passport, period: KeyPeriod, t: UtcMillis) -> None:
    """Raise NotEnrolled if `t` is more than CLOCK_MARGIN before the block that registered the key of this period."""
    if t < period.since - CLOCK_MARGIN:
        raise NotEnrolled(passport.terminal, t, period.since)


class NotEnrolled(NotProven):
    """A frame collected before the key that signs it was registered."""

    code = "not-enrolled"

    def __init__(self, terminal: str, t: UtcMillis, since: UtcMillis) -> None:
        super().__init__(
            f"terminal {terminal} had its key registered at {utc_text(since)}; a frame collected at {utc_text(t)} "
            f"is more than {CLOCK_MARGIN // MINUTE} minutes too early"
        )
        self.terminal, self.t, self.since = terminal, t, since
