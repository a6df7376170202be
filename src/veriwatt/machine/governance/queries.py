"""Read proposals, and what decisions left, from the rows of a state."""

from __future__ import annotations

from collections.abc import Iterator

from veriwatt.ids import Digest
from veriwatt.machine.governance import state_keys
from veriwatt.machine.refusals import LedgerClosed, UpgradeDue
from veriwatt.machine.state import StateRows
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.model.governance.proposal import Agenda, Proposal
from veriwatt.model.governance.rule_decisions import FactorsRecord, Upgrade, ValidatorPower, parse_validators
from veriwatt.model.ledger.misbehaviour import MisbehaviourRecord
from veriwatt.model.ledger.predecessor import Closing


def proposal(rows: StateRows, number: int) -> Proposal | None:
    raw = rows.get(state_keys.proposal_key(number))
    return None if raw is None else Proposal.from_bytes(raw)


def proposals(rows: StateRows) -> Iterator[Proposal]:
    """All proposals, the first one first."""
    for _, raw in rows.scan(state_keys.PROPOSALS):
        yield Proposal.from_bytes(raw)


def agenda(rows: StateRows) -> Agenda:
    raw = rows.get(state_keys.AGENDA)
    return Agenda() if raw is None else Agenda.from_bytes(raw)


def factors(rows: StateRows, digest: Digest) -> FactorsRecord | None:
    raw = rows.get(state_keys.factors_key(digest))
    return None if raw is None else FactorsRecord.from_bytes(raw)


def all_factors(rows: StateRows) -> Iterator[FactorsRecord]:
    for _, raw in rows.scan(state_keys.FACTORS):
        yield FactorsRecord.from_bytes(raw)


def upgrade(rows: StateRows) -> Upgrade | None:
    """The upgrade that is scheduled."""
    raw = rows.get(state_keys.UPGRADE)
    return None if raw is None else Upgrade.from_bytes(raw)


def closing(rows: StateRows) -> Closing | None:
    """How the ledger ended; None while it goes on."""
    raw = rows.get(state_keys.CLOSING)
    return None if raw is None else Closing.from_bytes(raw)


def check_open(rows: StateRows, chain: str) -> None:
    """Raise LedgerClosed if the ledger, whose id is `chain`, has ended: its state changes no more."""
    ended = closing(rows)
    if ended is not None:
        raise LedgerClosed(chain=chain, height=ended.height)


def check_upgrade(rows: StateRows, height: int) -> None:
    """Raise UpgradeDue if this machine is too old for a block of this height."""
    due = upgrade(rows)
    if due is not None and height >= due.height and due.version > MACHINE_VERSION:
        raise UpgradeDue(height=due.height, version=due.version)


def validators(rows: StateRows) -> tuple[ValidatorPower, ...] | None:
    """Those that sign two blocks later, by ascending keys; None on a ledger whose validators are fixed."""
    raw = rows.get(state_keys.VALIDATORS)
    return None if raw is None else parse_validators(raw)


def misbehaviour(rows: StateRows, address: bytes) -> MisbehaviourRecord | None:
    """What is recorded of the validator at this address, present or former; None if nothing is."""
    raw = rows.get(state_keys.misbehaviour_key(address))
    return None if raw is None else MisbehaviourRecord.from_bytes(raw)


def all_misbehaviour(rows: StateRows) -> Iterator[MisbehaviourRecord]:
    """What is recorded of each validator, by ascending addresses."""
    for _, raw in rows.scan(state_keys.MISBEHAVIOUR):
        yield MisbehaviourRecord.from_bytes(raw)


def changed_validators(before: StateRows, after: StateRows) -> tuple[ValidatorPower, ...]:
    """What an engine is told: each validator whose power differs in the state after, by ascending keys."""
    if before.get(state_keys.VALIDATORS) == after.get(state_keys.VALIDATORS):
        return ()
    old = {each.key: each.power for each in validators(before) or ()}
    new = {each.key: each.power for each in validators(after) or ()}
    keys = sorted(dict.fromkeys((*old, *new)), key=lambda key: key.raw)
    return tuple(ValidatorPower(key, new.get(key, 0)) for key in keys if old.get(key) != new.get(key))
