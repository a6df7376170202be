"""void: an owner or operator gives up the number of a header that the log host refuses for good.

The number is never used again: the terminal's next frame has the number after it and the voided header's id as `prev`,
and states the values again. What was anchored before stays proven.
"""

from __future__ import annotations

from veriwatt.errors import Malformed, Refused
from veriwatt.machine.events import Event
from veriwatt.machine.ledger_line import is_of_line
from veriwatt.machine.members import queries as members
from veriwatt.machine.refusals import RecordExists
from veriwatt.machine.state import State, View
from veriwatt.machine.terminals import queries, state_keys
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.contradiction import VoidNumber
from veriwatt.model.terminals.number_record import NumberRecord, RecordedVoid


class NotVoidable(Refused):
    """A header that is not one of the terminal named."""

    code = "not-voidable"

    def __init__(self, org: str, terminal: str) -> None:
        super().__init__(f"the header is not one of terminal {org}/{terminal} on this ledger")
        self.org, self.terminal = org, terminal


def check_alone(tx: Transaction[VoidNumber]) -> None:
    header = tx.body.refused.stated()
    if (header.org, header.terminal) != (tx.org, tx.body.terminal):
        raise NotVoidable(tx.org, tx.body.terminal)
    if not tx.body.reason.strip():
        raise Malformed("void: it has no reason")


def check_against(tx: Transaction[VoidNumber], view: View) -> None:
    org, terminal, number = tx.org, tx.body.terminal, _number(tx)
    if not is_of_line(view, tx.body.refused.stated().chain, tx.chain):
        raise NotVoidable(org, terminal)
    members.check_role(members.signer(view, org, tx.member), "void a frame number", Role.OWNER, Role.OPERATOR)
    tx.body.refused.check_signed_by(queries.present_passport(view, org, terminal).key_for(number).key)
    before = queries.number_record(view, org, terminal, number)
    if before is not None and before.void is not None:
        raise RecordExists("the void of number", f"{number} of terminal {org}/{terminal}")


def apply(tx: Transaction[VoidNumber], state: State) -> tuple[Event, ...]:
    org, terminal, number, block = tx.org, tx.body.terminal, _number(tx), state.block
    void = RecordedVoid(tx.body.refused.frame_id, block.height, block.time, org, tx.member)
    before = queries.number_record(state, org, terminal, number)
    record = NumberRecord(None if before is None else before.equivocation, void)
    state.put(state_keys.number_key(org, terminal, number), record.to_bytes())
    return (Event("number-void", org, terminal),)


def _number(tx: Transaction[VoidNumber]) -> FrameNumber:
    return tx.body.refused.stated().number
