"""certify: the terminal's own org certifies it, or a member of another org that holds its role.

The entry in the passport says by what authority another org did so, so that evidence proves it with the passport.
"""

from __future__ import annotations

from dataclasses import replace

from veriwatt.errors import Malformed, Refused
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries as members
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.terminals import queries, state_keys
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.org_role import Authority
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.certification import MOST_CERTIFICATIONS, Certification
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
    _authority(tx, view)
    passport = queries.present_passport(view, body.org, body.terminal)
    if passport.revoked is not None:
        raise NotCertifiable(body.org, body.terminal, f"it is {passport.revoked.value}")
    if sum(each.org == tx.org for each in passport.certifications) >= MOST_CERTIFICATIONS:
        raise NotCertifiable(body.org, body.terminal, f"it has {MOST_CERTIFICATIONS} certifications by {tx.org}")


def apply(tx: Transaction[Certify], state: State) -> tuple[Event, ...]:
    body = tx.body
    passport = queries.present_passport(state, body.org, body.terminal)
    added = Certification(tx.org, tx.member, body.valid_from, body.valid_until, state.block.time, _authority(tx, state))
    newer = replace(passport, version=passport.version + 1, certifications=(*passport.certifications, added))
    state.put(state_keys.passport_key(body.org, body.terminal), newer.to_bytes())
    return (Event("terminal-certified", body.org, body.terminal),)


def _authority(tx: Transaction[Certify], rows: StateRows) -> Authority | None:
    """The authority by which the signer's org certifies; None for the terminal's own org."""
    who, what = members.signer(rows, tx.org, tx.member), f"certify a terminal of {tx.body.org}"
    if tx.org != tx.body.org:
        return members.check_binds_others(rows, who, what)
    members.check_role(who, what, Role.OWNER, Role.OPERATOR, Role.METROLOGY)
    return None
