"""The software terminal of a node, enrolled and certified by its own org."""

from __future__ import annotations

from veriwatt.crypto.signing import Signer
from veriwatt.errors import Refused
from veriwatt.machine.terminals import queries
from veriwatt.membership.member_client import MemberClient
from veriwatt.model.terminals.enrolment import Certify, enrol
from veriwatt.model.terminals.passport import CLOCK_MARGIN, Passport
from veriwatt.ports.ledger import Ledger
from veriwatt.units import DAY, UtcMillis

CERTIFIED_FOR = 10 * 365 * DAY
SOFTWARE_MODEL = "software terminal"


def software_terminal(
    ledger: Ledger, member_client: MemberClient, terminal: str, key: Signer, firmware: str, now: UtcMillis
) -> Passport:
    """The passport of an org's software terminal; enrols and certifies it by the org itself if necessary.

    Evidence says that only its own org certified it. May be repeated.

    Raises:
        Refused: the terminal is revoked, so its new frames would be refused and stay in the spool for ever.
    """
    if queries.passport(ledger, member_client.org, terminal) is None:
        member_client.submit(enrol(key, ledger.chain_id, member_client.org, terminal, SOFTWARE_MODEL, firmware))
    passport = queries.present_passport(ledger, member_client.org, terminal)
    if passport.revoked is not None:
        reason = passport.revoked.value
        name = f"{member_client.org}/{terminal}"
        raise Refused(f"terminal {name} is {reason}: its readings stay, and it records no more")
    if not passport.certifications:
        member_client.submit(Certify(member_client.org, terminal, now - CLOCK_MARGIN, now + CERTIFIED_FOR))
        passport = queries.present_passport(ledger, member_client.org, terminal)
    return passport
