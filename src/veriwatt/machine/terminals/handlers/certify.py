"""certify: a metrology or regulator member of another org, or the terminal's own org, certifies a terminal."""

from __future__ import annotations

from dataclasses import replace

from veriwatt.errors import Malformed, Refused
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries as members
from veriwatt.machine.state import State, View
from veriwatt.machine.terminals import queries, state_keys
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.certification import CERTIFICATION_LIMIT, Certification
from veriwatt.model.terminals.enrolment import Certify


class NotCertifiable(Refused):
    """A terminal that cannot be certified: it is revoked, or has the most certifications."""

    code = "not-certifiable"

    def __init__(self, org: str, terminal: str, why: str) -> None:
        super().__init__(f"terminal {org}/{terminal} cannot be certified: {why}")
        self.org, self.terminal, self.why = org, terminal, why


def check_alone(tx: Transaction[Certify]) -> None:
    if tx.body.valid_from >= tx.body.valid_until:
        raise Malformed("certify: the validity is empty or backward")


def check_against(tx: Transaction[Certify], view: View) -> None:
    body = tx.body
    own = (Role.OWNER, Role.OPERATOR, Role.METROLOGY)
    others = (Role.METROLOGY, Role.REGULATOR)
    who = members.signer(view, tx.org, tx.member)
    members.check_role(who, f"certify a terminal of {body.org}", *(own if tx.org == body.org else others))
    passport = queries.present_passport(view, body.org, body.terminal)
    if passport.revocation is not None:
        raise NotCertifiable(body.org, body.terminal, "it is revoked")
    if len(passport.certifications) >= CERTIFICATION_LIMIT:
        raise NotCertifiable(body.org, body.terminal, f"it has {CERTIFICATION_LIMIT} certifications")


def apply(tx: Transaction[Certify], state: State) -> tuple[Event, ...]:
    body = tx.body
    passport = queries.present_passport(state, body.org, body.terminal)
    added = Certification(tx.org, tx.member, body.valid_from, body.valid_until, state.block.time)
    newer = replace(passport, version=passport.version + 1, certifications=(*passport.certifications, added))
    state.put(state_keys.passport_key(body.org, body.terminal), newer.to_bytes())
    return (Event("terminal-certified", body.org, body.terminal),)
