"""equivocation: any member submits two headers that a terminal signed under one number.

They prove it by themselves, so the submitter's role does not matter. The signed bytes differ: another signature of the
same bytes, a malleated twin, or the same frame sent again is none.
"""

from __future__ import annotations

from dataclasses import replace

from veriwatt.errors import Refused
from veriwatt.machine.events import Event
from veriwatt.machine.ledger_line import is_of_line
from veriwatt.machine.refusals import RecordExists
from veriwatt.machine.state import State, View
from veriwatt.machine.terminals import queries, state_keys
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.terminals.contradiction import ReportEquivocation
from veriwatt.model.terminals.number_record import NumberRecord, RecordedEquivocation


class NotAnEquivocation(Refused):
    """Two headers that do not contradict each other."""

    code = "not-an-equivocation"

    def __init__(self, why: str) -> None:
        super().__init__(f"the two headers are no equivocation: {why}")
        self.why = why


def check_alone(tx: Transaction[ReportEquivocation]) -> None:
    body = tx.body
    one, other = body.one.stated(), body.other.stated()
    for each in (one, other):
        if (each.org, each.terminal) != (body.org, body.terminal):
            raise NotAnEquivocation(f"not both are of terminal {body.org}/{body.terminal}")
    if one.number != other.number:
        raise NotAnEquivocation(f"their numbers are {one.number} and {other.number}")
    if body.one.signed == body.other.signed:
        raise NotAnEquivocation("they have the same signed bytes, so they are one frame")


def check_against(tx: Transaction[ReportEquivocation], view: View) -> None:
    org, terminal, number = tx.body.org, tx.body.terminal, _number(tx)
    if not all(is_of_line(view, each.stated().chain, tx.chain) for each in (tx.body.one, tx.body.other)):
        raise NotAnEquivocation(f"not both are of terminal {org}/{terminal} on ledger {tx.chain}")
    key = queries.present_passport(view, org, terminal).key_for(number).key
    for each in (tx.body.one, tx.body.other):
        each.check_signed_by(key)
    before = queries.number_record(view, org, terminal, number)
    if before is not None and before.equivocation is not None:
        raise RecordExists("the equivocation of number", f"{number} of terminal {org}/{terminal}")


def apply(tx: Transaction[ReportEquivocation], state: State) -> tuple[Event, ...]:
    org, terminal, number, block = tx.body.org, tx.body.terminal, _number(tx), state.block
    low, high = sorted([tx.body.one.frame_id, tx.body.other.frame_id])
    found = RecordedEquivocation((low, high), block.height, block.time, tx.org, tx.member)
    before = queries.number_record(state, org, terminal, number)
    record = NumberRecord(found, None if before is None else before.void)
    state.put(state_keys.number_key(org, terminal, number), record.to_bytes())
    passport = queries.present_passport(state, org, terminal)
    newer = replace(passport, version=passport.version + 1, equivocations=passport.equivocations + 1)
    state.put(state_keys.passport_key(org, terminal), newer.to_bytes())
    return (Event("number-contradicted", org, terminal),)


def _number(tx: Transaction[ReportEquivocation]) -> FrameNumber:
    return tx.body.one.stated().number
