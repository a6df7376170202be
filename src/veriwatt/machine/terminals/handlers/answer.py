"""answer: the terminal's org answers, once, the report that its terminal's key is compromised.

The report stands; evidence shows the answer with it.
"""

from __future__ import annotations

from dataclasses import replace

from veriwatt.errors import Malformed
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries as members
from veriwatt.machine.refusals import RecordExists, RecordNotFound
from veriwatt.machine.state import State, View
from veriwatt.machine.terminals import queries, state_keys
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.revocation import AnswerReport, Report, ReportAnswer


def check_alone(tx: Transaction[AnswerReport]) -> None:
    if not tx.body.text.strip():
        raise Malformed("answer: it has no text")


def check_against(tx: Transaction[AnswerReport], view: View) -> None:
    who = members.signer(view, tx.org, tx.member)
    members.check_role(who, "answer a report", Role.OWNER, Role.OPERATOR)
    if _report(tx, view).answer is not None:
        raise RecordExists("the answer to the report about terminal", f"{tx.org}/{tx.body.terminal}")


def apply(tx: Transaction[AnswerReport], state: State) -> tuple[Event, ...]:
    passport = queries.present_passport(state, tx.org, tx.body.terminal)
    answered = replace(_report(tx, state), answer=ReportAnswer(tx.member, state.block.time, tx.body.text))
    newer = replace(passport, version=passport.version + 1, report=answered)
    state.put(state_keys.passport_key(tx.org, tx.body.terminal), newer.to_bytes())
    return (Event("report-answered", tx.org, tx.body.terminal),)


def _report(tx: Transaction[AnswerReport], view: View) -> Report:
    report = queries.present_passport(view, tx.org, tx.body.terminal).report
    if report is None:
        raise RecordNotFound("report about terminal", f"{tx.org}/{tx.body.terminal}")
    return report
