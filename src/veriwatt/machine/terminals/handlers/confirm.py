"""confirm: a member who binds other orgs confirms an implausible step of another org's register.

The step is named by both its readings and their stamps: the owner may state another value of a slot later, and what was
confirmed is not that. The readings are not in the state: where no implausible step is the one named, the confirmation
has no effect.
"""

from __future__ import annotations

from dataclasses import replace

from veriwatt.encoding import encode
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries as members
from veriwatt.machine.state import State, StateRows, View
from veriwatt.machine.terminals import queries, state_keys
from veriwatt.machine.terminals.handlers.exchange import NotRecordable, record_of_register
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.org_role import Authority
from veriwatt.model.points.register_record import CONFIRMATION_ROOM, MOST_CONFIRMATIONS, ConfirmStep, StepConfirmation


def check_alone(tx: Transaction[ConfirmStep]) -> None:
    """No check: parsing checks the whole body."""


def check_against(tx: Transaction[ConfirmStep], view: View) -> None:
    body = tx.body
    added = _confirmation(tx, view)
    record = record_of_register(view, body.org, body.point, body.step.at)
    if tx.org == body.org:
        raise NotRecordable(body.org, body.point, "an org confirms no step of its own registers")
    if body.step.at > view.block.time:
        raise NotRecordable(body.org, body.point, "the step lies in the future")
    own = [confirmation for confirmation in record.confirmations if confirmation.org == tx.org]
    if any(confirmation.step == body.step for confirmation in own):
        raise NotRecordable(body.org, body.point, f"{tx.org} has confirmed this step already")
    if len(own) >= MOST_CONFIRMATIONS:
        raise NotRecordable(body.org, body.point, f"{tx.org} has confirmed {MOST_CONFIRMATIONS} of its steps")
    if sum(len(encode(each.fields())) for each in (*own, added)) > CONFIRMATION_ROOM:
        why = f"the confirmations by {tx.org} would take more than {CONFIRMATION_ROOM} bytes"
        raise NotRecordable(body.org, body.point, why)


def apply(tx: Transaction[ConfirmStep], state: State) -> tuple[Event, ...]:
    body = tx.body
    record = queries.register_record(state, body.org, body.point)
    newer = replace(record, confirmations=(*record.confirmations, _confirmation(tx, state)))
    state.put(state_keys.register_key(body.org, body.point), newer.to_bytes())
    return (Event("step-confirmed", body.org, body.point),)


def _confirmation(tx: Transaction[ConfirmStep], view: View) -> StepConfirmation:
    block = view.block
    return StepConfirmation(tx.body.step, block.height, block.time, tx.org, tx.member, _authority(tx, view))


def _authority(tx: Transaction[ConfirmStep], rows: StateRows) -> Authority:
    """By what authority the signer confirms steps of another org's registers; raises as `check_binds_others`."""
    return members.check_binds_others(rows, members.signer(rows, tx.org, tx.member), "confirm a step of a register")
