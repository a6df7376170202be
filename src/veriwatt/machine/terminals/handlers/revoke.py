"""revoke: retire a terminal, or report its key compromised.

retired       by an owner or operator of its own org; names its last frame; once
compromised   by the same, from the block's time on at the earliest; or by a metrology or regulator
              member of another org, from any time. A retired terminal may be reported compromised; a
              second report is accepted only from another org and for an earlier time.
"""

from __future__ import annotations

from dataclasses import replace

from veriwatt.errors import Refused
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries as members
from veriwatt.machine.state import State, View
from veriwatt.machine.terminals import queries, state_keys
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.enrolment import Reason, Revoke
from veriwatt.model.terminals.passport import Passport
from veriwatt.model.terminals.revocation import Revocation


class NotRevocable(Refused):
    """A revocation that contradicts the present passport."""

    code = "not-revocable"

    def __init__(self, org: str, terminal: str, why: str) -> None:
        super().__init__(f"terminal {org}/{terminal} cannot be revoked so: {why}")
        self.org, self.terminal, self.why = org, terminal, why


def check_alone(tx: Transaction[Revoke]) -> None:
    """No check: parsing checks the whole body."""


def check_against(tx: Transaction[Revoke], view: View) -> None:
    body, own = tx.body, tx.org == tx.body.org
    who, what = members.signer(view, tx.org, tx.member), f"revoke a terminal of {body.org}"
    if own:
        members.check_role(who, what, Role.OWNER, Role.OPERATOR)
    else:
        members.check_binds_others(view, who, what)
    passport = queries.present_passport(view, body.org, body.terminal)
    why = _objection(body, own, passport, view.block.time)
    if why:
        raise NotRevocable(body.org, body.terminal, why)


def apply(tx: Transaction[Revoke], state: State) -> tuple[Event, ...]:
    body, block = tx.body, state.block
    passport = queries.present_passport(state, body.org, body.terminal)
    before = passport.revocation
    retired = body.reason is Reason.RETIRED or (before is not None and before.retired)
    last = before.last if before is not None else body.last
    height, time = block.height, block.time
    if before is not None and before.reason is Reason.COMPROMISED:
        height, time = before.at_height, before.at_time
    revocation = Revocation(body.reason, tx.org, body.since, height, time, retired, last)
    newer = replace(passport, version=passport.version + 1, revocation=revocation)
    state.put(state_keys.passport_key(body.org, body.terminal), newer.to_bytes())
    return (Event(f"terminal-{body.reason.value}", body.org, body.terminal),)


def _objection(body: Revoke, own: bool, passport: Passport, now: int) -> str | None:
    before = passport.revocation
    if body.since is None:
        if not own:
            return "only its own org retires it"
        return None if before is None else "it is revoked already"
    if own and body.since < now:
        return "only another org may report a time in the past"
    if before is None or before.since is None:
        return None
    if own or body.since >= before.since:
        return "it is reported compromised already"
    return None
