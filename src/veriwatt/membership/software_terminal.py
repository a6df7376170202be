"""The software terminal of a node, enrolled and certified by its own org."""

from __future__ import annotations

from veriwatt.crypto.signing import Signer
from veriwatt.errors import Refused
from veriwatt.machine.terminals import queries
from veriwatt.membership.member_client import MemberClient
from veriwatt.model.terminals.certified_times import CertifiedTimes
from veriwatt.model.terminals.enrolment import Certify, enrol
from veriwatt.model.terminals.passport import CLOCK_MARGIN, Passport
from veriwatt.ports.ledger import Ledger
from veriwatt.units import DAY, UtcMillis
from veriwatt.utc_text import utc_text

CERTIFIED_FOR = 10 * 365 * DAY
SOFTWARE_MODEL = "software terminal"


class ClockBehind(Refused):
    """The clock says a time too long before the terminal's key was registered: no log host accepts frames of it."""

    code = "clock-behind"

    def __init__(self, org: str, terminal: str, now: UtcMillis, since: UtcMillis) -> None:
        until = utc_text(since - CLOCK_MARGIN)
        super().__init__(
            f"this machine's clock says {utc_text(now)}, and the ledger registers the key of terminal {org}/{terminal} "
            f"at {utc_text(since)}: no frame of an earlier time is accepted, and nothing was signed. If the clock is "
            f"slow, set it. If it was ahead when this home was made or first used, run this again after {until}, or "
            "import into a new home"
        )
        self.terminal, self.now, self.since = terminal, now, since


def check_may_record(ledger: Ledger, org: str, terminal: str, now: UtcMillis) -> None:
    """Raise unless a log host accepts the frames that an org's software terminal makes now; nothing is changed.

    A terminal that is not enrolled is so by the next block.

    Raises:
        ClockBehind: they would be collected too long before the terminal's key was registered.
        Refused: the terminal is revoked, or no certification holds now.
    """
    passport = queries.passport(ledger, org, terminal)
    since = ledger.next_time() if passport is None else passport.newest_key.since
    if now < since - CLOCK_MARGIN:
        raise ClockBehind(org, terminal, now, since)
    if passport is None:
        return
    _check_revoked(passport)
    if passport.certifications and CertifiedTimes(passport).at(now) is None:
        raise Refused(
            f"terminal {org}/{terminal} is not certified at {utc_text(now)}: `veriwatt terminal certify {terminal} "
            f"--by {org}` certifies it, then run this again"
        )


def _check_revoked(passport: Passport) -> None:
    """Raise Refused if the terminal is revoked, for its new frames would be refused and stay in the spool for ever."""
    if passport.revoked is not None:
        name = f"{passport.org}/{passport.terminal}"
        raise Refused(f"terminal {name} is {passport.revoked.value}: its readings stay, and it records no more")


def software_terminal(
    ledger: Ledger, member_client: MemberClient, terminal: str, key: Signer, firmware: str, now: UtcMillis
) -> Passport:
    """The passport of an org's software terminal; enrols and certifies it by the org itself if necessary.

    Evidence says that only its own org certified it. May be repeated.

    Raises:
        Refused: the terminal is revoked.
    """
    if queries.passport(ledger, member_client.org, terminal) is None:
        member_client.submit(enrol(key, ledger.chain_id, member_client.org, terminal, SOFTWARE_MODEL, firmware))
    passport = queries.present_passport(ledger, member_client.org, terminal)
    _check_revoked(passport)
    if not passport.certifications:
        member_client.submit(Certify(member_client.org, terminal, now - CLOCK_MARGIN, now + CERTIFIED_FOR))
        passport = queries.present_passport(ledger, member_client.org, terminal)
    return passport
