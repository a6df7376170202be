"""The software terminal of a node, enrolled and certified by its own org.

It is named "software". If it is revoked, its org may enrol a successor: software-2, then software-3, and so on.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

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

SOFTWARE_TERMINAL = "software"
"""The name of the first terminal that frames the values of files and corrections."""

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
            f"terminal {org}/{terminal} is not certified at {utc_text(now)}: `veriwatt terminal certify "
            f"--terminal {terminal} --by {org} --org {org}` certifies it, then run this again"
        )


def _check_revoked(passport: Passport) -> None:
    """Raise Refused if the terminal is revoked, for its new frames would be refused and stay in the spool for ever."""
    if passport.revoked is not None:
        name = f"{passport.org}/{passport.terminal}"
        raise Refused(
            f"terminal {name} is {passport.revoked.value}: its readings stay, and it records no more. `veriwatt "
            f"terminal replace-software --org {passport.org}` enrols a successor; then run this again"
        )


def newest_software_terminal(ledger: Ledger, org: str) -> str:
    """The name of the software terminal that frames for the org now; it may not be enrolled yet."""
    return _newest_and_free(ledger, org)[0]


def replace_software_terminal(
    ledger: Ledger, member_client: MemberClient, new_key: Callable[[str], Signer], firmware: str, now: UtcMillis
) -> Passport:
    """Enrol and certify a successor of the org's revoked software terminal; returns its passport.

    Args:
        new_key: makes and stores the signing key of the terminal of a name.

    Raises:
        Refused: the present software terminal is not revoked.
    """
    newest, free = _newest_and_free(ledger, member_client.org)
    present = queries.passport(ledger, member_client.org, newest)
    if present is None or present.revoked is None:
        raise Refused(f"the software terminal {member_client.org}/{newest} is not revoked: it needs no successor")
    return software_terminal(ledger, member_client, free, new_key(free), firmware, now)


def _newest_and_free(ledger: Ledger, org: str) -> tuple[str, str]:
    """The name of the newest software terminal, and the next name that no terminal of the org has."""
    newest = SOFTWARE_TERMINAL
    for n in count(2):
        name = f"{SOFTWARE_TERMINAL}-{n}"
        passport = queries.passport(ledger, org, name)
        if passport is None:
            break
        if passport.model == SOFTWARE_MODEL:
            newest = name
    return newest, name


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
