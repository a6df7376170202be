"""exchange: an owner or operator records that the meter of a register of their org was replaced.

The readings are not in the state, so nothing is compared with them: it is the owner's statement, with the time of its
recording, and figures show it as that. A later exchange at the same instant applies in place of the earlier one; one
that states the same value of both meters withdraws it.
"""

from __future__ import annotations

from dataclasses import replace

from veriwatt.errors import Refused
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries as members
from veriwatt.machine.refusals import RecordNotFound
from veriwatt.machine.state import State, View
from veriwatt.machine.terminals import queries, state_keys
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role
from veriwatt.model.points.register_record import MOST_EXCHANGES, RecordExchange, RegisterExchange, RegisterRecord
from veriwatt.model.points.status import Kind
from veriwatt.units import UtcMillis
from veriwatt.utc_text import utc_text


class NotRecordable(Refused):
    """An exchange or a confirmation that cannot be recorded of this point."""

    code = "not-recordable"

    def __init__(self, org: str, point: str, why: str) -> None:
        super().__init__(f"point {org}/{point}: {why}")
        self.org, self.point, self.why = org, point, why


def check_alone(tx: Transaction[RecordExchange]) -> None:
    """No check: parsing checks the whole body."""


def check_against(tx: Transaction[RecordExchange], view: View) -> None:
    who, body = members.signer(view, tx.org, tx.member), tx.body
    members.check_role(who, "record an exchange of a meter", Role.OWNER, Role.OPERATOR)
    record = record_of_register(view, tx.org, body.point, body.at)
    if body.at > view.block.time:
        raise NotRecordable(tx.org, body.point, "the exchange lies in the future")
    latest = record.latest().get(body.at)
    if latest is not None and (latest.last, latest.first) == (body.last, body.first):
        raise NotRecordable(tx.org, body.point, "this exchange is recorded already")
    if len(record.exchanges) >= MOST_EXCHANGES:
        raise NotRecordable(tx.org, body.point, f"it has {MOST_EXCHANGES} exchanges; begin a new point")


def apply(tx: Transaction[RecordExchange], state: State) -> tuple[Event, ...]:
    body, block = tx.body, state.block
    record = queries.register_record(state, tx.org, body.point)
    exchange = RegisterExchange(body.at, body.last, body.first, block.height, block.time, tx.member, body.reason)
    newer = replace(record, exchanges=(*record.exchanges, exchange))
    state.put(state_keys.register_key(tx.org, body.point), newer.to_bytes())
    return (Event("meter-exchanged", tx.org, body.point),)


def record_of_register(view: View, org: str, point: str, t: UtcMillis) -> RegisterRecord:
    """What is recorded of the register; raises RecordNotFound or NotRecordable unless the point is one at `t`."""
    record = queries.point(view, org, point)
    if record is None:
        raise RecordNotFound("point", f"{org}/{point}")
    if not any(queries.definition(view, each.definition).kind is Kind.REGISTER for each in record.reaching(t)):
        raise NotRecordable(org, point, f"it is no register at {utc_text(t)}")
    return queries.register_record(view, org, point)
