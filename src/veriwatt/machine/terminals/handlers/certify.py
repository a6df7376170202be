"""certify: the terminal's own org certifies it, or a member of another org that holds its role.

The entry in the passport says by what authority another org did so, so that evidence proves it with the passport.
"""

from __future__ import annotations

from dataclasses import replace

from veriwatt.encoding import encode
from veriwatt.errors import Malformed, Refused
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries as members
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.terminals import queries, state_keys
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.org_role import Authority
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.certification import CERTIFICATION_ROOM, MOST_CERTIFICATIONS, Certification
from veriwatt.model.terminals.enrolment import Certify


class NotCertifiable(Refused):
    """A terminal that cannot be certified: it is retired, reported compromised, or has the most by this org."""

    code = "not-certifiable"

    def __init__(self, org: str, terminal: str, why: str) -> None:
        super().__init__(f"terminal {org}/{terminal} cannot be certified: {why}")
        self.org, self.terminal, self.why = org, terminal, why


def check_alone(tx: Transaction[Certify]) -> None:
    if tx.body.valid_from >= tx.body.valid_until:
        raise Malformed("certify: the validity is empty or backward")


def check_against(tx: Transaction[Certify], view: View) -> None:
    body = tx.body
    added = _certification(tx, view)
    passport = queries.present_passport(view, body.org, body.terminal)
    if passport.revoked is not None:
        raise NotCertifiable(body.org, body.terminal, f"it is {passport.revoked.value}")
    own = [each for each in passport.certifications if each.org == tx.org]
    if len(own) >= MOST_CERTIFICATIONS:
        raise NotCertifiable(body.org, body.terminal, f"it has {MOST_CERTIFICATIONS} certifications by {tx.org}")
    if sum(len(encode(each.fields())) for each in (*own, added)) > CERTIFICATION_ROOM:
        why = f"its certifications by {tx.org} would take more than {CERTIFICATION_ROOM} bytes"
        raise NotCertifiable(body.org, body.terminal, why)


def apply(tx: Transaction[Certify], state: State) -> tuple[Event, ...]:
    body = tx.body
    passport = queries.present_passport(state, body.org, body.terminal)
    certifications = (*passport.certifications, _certification(tx, state))
    newer = replace(passport, version=passport.version + 1, certifications=certifications)
    state.put(state_keys.passport_key(body.org, body.terminal), newer.to_bytes())
    return (Event("terminal-certified", body.org, body.terminal),)


def _certification(tx: Transaction[Certify], view: View) -> Certification:
    body = tx.body
    return Certification(tx.org, tx.member, body.valid_from, body.valid_until, view.block.time, _authority(tx, view))


def _authority(tx: Transaction[Certify], rows: StateRows) -> Authority | None:
    """The authority by which the signer's org certifies; None for the terminal's own org."""
    who, what = members.signer(rows, tx.org, tx.member), f"certify a terminal of {tx.body.org}"
    if tx.org != tx.body.org:
        return members.check_binds_others(rows, who, what)
    members.check_role(who, what, Role.OWNER, Role.OPERATOR, Role.METROLOGY)
    return None
