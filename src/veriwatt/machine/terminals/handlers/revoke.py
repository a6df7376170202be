"""revoke: retire a terminal, or report its key compromised.

retired       by an owner or operator of its own org; names its last frame; once
compromised   by the same, from the block's time on at the earliest; or by a member of another org that holds
              its role, from at most `report-reach-days` before the block on. A second report is accepted only from
              another org and for an earlier time; it keeps the block of the first.
"""

from __future__ import annotations

from dataclasses import replace

from veriwatt.errors import Refused
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries as members
from veriwatt.machine.parameters import parameter
from veriwatt.machine.state import State, View
from veriwatt.machine.terminals import queries, state_keys
from veriwatt.model.governance.parameters import Parameter
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.passport import Passport
from veriwatt.model.terminals.revocation import Report, Retirement, Revoke
from veriwatt.units import DAY, UtcMillis


class NotRevocable(Refused):
    """A revocation that contradicts the present passport, or reaches back too far."""

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
    reach = parameter(view, Parameter.REPORT_REACH_DAYS)
    why = _objection(body.since, own, passport, view.block.time, reach)
    if why:
        raise NotRevocable(body.org, body.terminal, why)


def apply(tx: Transaction[Revoke], state: State) -> tuple[Event, ...]:
    body, height, time = tx.body, state.block.height, state.block.time
    passport = queries.present_passport(state, body.org, body.terminal)
    if body.since is None:
        newer = replace(passport, retirement=Retirement(tx.org, tx.member, height, time, body.last))
    else:
        if passport.report is not None:
            height, time = passport.report.at_height, passport.report.at_time
        newer = replace(passport, report=Report(tx.org, tx.member, body.since, height, time))
    state.put(state_keys.passport_key(body.org, body.terminal), replace(newer, version=passport.version + 1).to_bytes())
    return (Event(f"terminal-{body.reason.value}", body.org, body.terminal),)


def _objection(since: UtcMillis | None, own: bool, passport: Passport, now: UtcMillis, reach: int) -> str | None:
    if since is None:
        return _objection_to_retirement(own, passport)
    if own and since < now:
        return "only another org may report a time in the past"
    if since < now - reach * DAY:
        return f"a report reaches back {reach} days at most"
    before = passport.report
    if before is not None and (own or since >= before.since):
        return "it is reported compromised already"
    return None


def _objection_to_retirement(own: bool, passport: Passport) -> str | None:
    if not own:
        return "only its own org retires it"
    return None if passport.revoked is None else f"it is {passport.revoked.value} already"
