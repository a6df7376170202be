"""Execute a block: every node computes the same results and state changes from the same transactions.

    for each transaction: authenticate it, look for the result of an earlier execution, then run its
    handler's check_alone, check_against and apply on a layer that is dropped when it is refused.
    for each bundle: open it, then do so for each of its transactions.

The numbers at the code are the steps of docs/spec/transaction.md.

An expected error is a refusal with a code. Any other exception is a bug and propagates: the node halts rather than fork
(docs/adr/0012-a-bug-stops-the-block.md). Spec: docs/spec/ledger.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from veriwatt.errors import Corrupted, Malformed, VeriwattError
from veriwatt.machine import idempotency
from veriwatt.machine.authenticate import authenticate_parsed, check_size, verify_ahead
from veriwatt.machine.bundle_opening import Relayed, open_bundle
from veriwatt.machine.envelopes import Envelope, Envelopes
from veriwatt.machine.events import Event
from veriwatt.machine.governance.misbehaviour import record_misbehaviour
from veriwatt.machine.governance.queries import changed_validators, check_open, check_upgrade
from veriwatt.machine.members.standing import check_standing
from veriwatt.machine.refusals import NothingNew, TransactionTooLarge
from veriwatt.machine.rules import Rules, load_rules
from veriwatt.machine.state import Appended, BlockContext, ReadOnce, State, StateRows, View
from veriwatt.machine.transaction_kinds import KINDS, Kinds
from veriwatt.model.chain.anchor import RootLogLeaf
from veriwatt.model.governance.rule_decisions import ValidatorPower
from veriwatt.model.ledger.bundle import CarriedResult, is_bundle, results_data
from veriwatt.model.ledger.misbehaviour import Misbehaviour
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.model.ledger.transaction import Body, Transaction

OK = "ok"

AT_ONCE = 128
"""Transactions that are parsed before the first of them is verified."""


@dataclass(frozen=True, slots=True)
class TransactionOutcome:
    """The result of one transaction or bundle.

    `height` is the block that executed it: this one, or an earlier one if the transaction is `repeated`. `executed` is
    False for a transaction that is not authentic or is repeated, and for a bundle of such alone; a block needs none
    of them. `text` is for people and is not part of consensus. Of a bundle, `carried` has the outcomes of its
    transactions in order, none if it was not opened, and `data` is what consensus knows of them.
    """

    code: str
    text: str
    height: int
    executed: bool
    events: tuple[Event, ...] = ()
    repeated: bool = False
    data: bytes = b""
    carried: tuple[Carried, ...] = ()


class Carried(NamedTuple):
    """A transaction of a bundle, as its member sent it, and its own outcome."""

    transaction: bytes
    outcome: TransactionOutcome


@dataclass(frozen=True, slots=True)
class ExecutedBlock:
    """The outcomes in order, the changes by state key, and the leaves appended to logs, in order.

    `validators` are those whose power changes from two blocks later on, by ascending keys; power 0 removes one.
    """

    outcomes: tuple[TransactionOutcome, ...]
    changes: dict[bytes, bytes | None]
    appends: tuple[Appended, ...]
    validators: tuple[ValidatorPower, ...] = ()


def execute_block(
    rows: StateRows,
    block: BlockContext,
    transactions: Sequence[bytes],
    kinds: Kinds = KINDS,
    envelopes: Envelopes | None = None,
    misbehaviour: Sequence[Misbehaviour] = (),
) -> ExecutedBlock:
    """Execute a block on the state `rows`, without writing to it: `transactions`, bundles among them, in order.

    Before them the `misbehaviour` that CometBFT proved in the block is recorded, as far as it is new. A block that
    executes no transaction and records no misbehaviour changes nothing, so the app hash stays the same. `envelopes`
    are those of `kinds` that this process parsed and verified before.

    Raises:
        WrongMachine: the state is of another machine version.
        UpgradeDue: the orgs scheduled a later machine version for this height, or a lower one.
        Corrupted: the state contradicts itself.
    """
    state = State(ReadOnce(rows), block)
    execution = _Execution(load_rules(rows), state, kinds, envelopes or Envelopes(kinds), {}, {})
    check_upgrade(state, block.height)
    idempotency.purge(state)
    recorded = record_misbehaviour(state, misbehaviour)
    outcomes = tuple(execution.execute(transactions))
    if not execution.expiries and not recorded:
        return ExecutedBlock(outcomes, {}, ())
    idempotency.file_expiries(state, execution.expiries)
    state.append(ROOT_LOG, RootLogLeaf(block.height, block.time, block.app_hash).to_bytes())
    return ExecutedBlock(outcomes, state.all_changes(), tuple(state.appends), changed_validators(rows, state))


@dataclass(frozen=True, slots=True)
class _Execution:
    """The block being executed: its state, and what its transactions and bundles have in common."""

    rules: Rules
    state: State
    kinds: Kinds
    envelopes: Envelopes
    expiries: idempotency.Expiries
    relayed: Relayed

    def execute(self, transactions: Sequence[bytes]) -> Iterator[TransactionOutcome]:
        """The outcomes of the block's transactions and bundles; some are parsed, then verified, then executed."""
        for at in range(0, len(transactions), AT_ONCE):
            parsed = [(raw, self._parse(raw)) for raw in transactions[at : at + AT_ONCE]]
            envelopes = (envelope for _, envelope in parsed if isinstance(envelope, Envelope))
            verify_ahead(envelopes, self.rules, self.state)
            for raw, envelope in parsed:
                yield self._outcome(raw, envelope)

    def _parse(self, raw: bytes) -> Envelope[Transaction[Body]] | VeriwattError | None:
        """The envelope of a transaction, or its refusal; None for a bundle, which is opened at its place."""
        if is_bundle(raw):
            return None
        try:
            check_size(raw, self.rules.transaction_limit)  # 1
            return self.envelopes.transaction(raw)
        except (Malformed, TransactionTooLarge) as refusal:
            return refusal

    def _outcome(self, raw: bytes, parsed: Envelope[Transaction[Body]] | VeriwattError | None) -> TransactionOutcome:
        if parsed is None:
            return self._bundle(raw)
        return self._refused(parsed) if isinstance(parsed, VeriwattError) else self._transaction(parsed)

    def _bundle(self, raw: bytes) -> TransactionOutcome:
        try:
            bundle = open_bundle(raw, self.rules, self.state, self.envelopes, self.relayed)
        except Corrupted:
            raise
        except VeriwattError as refusal:
            return self._refused(refusal)
        outcomes = [self._transaction(envelope) for envelope in bundle.envelopes]
        carried = tuple(map(Carried, bundle.transactions, outcomes))
        height = self.state.block.height
        if not any(outcome.executed for outcome in outcomes):
            return _nothing_new(carried, self.state)
        self.relayed[bundle.org] = self.relayed.get(bundle.org, 0) + 1
        events = tuple(event for outcome in outcomes for event in outcome.events)
        data = results_data(map(_carried_result, outcomes))
        return TransactionOutcome(OK, "", height, executed=True, events=events, data=data, carried=carried)

    def _transaction(self, envelope: Envelope[Transaction[Body]]) -> TransactionOutcome:
        found = settled_outcome(envelope, self.rules, self.state)  # 2 to 6
        if found is not None:
            return found
        tx = envelope.content
        outcome = _apply(tx, self.state, self.kinds)
        idempotency.record(self.state, tx, outcome.code, self.expiries)
        return outcome

    def _refused(self, refusal: VeriwattError) -> TransactionOutcome:
        return _not_executed(refusal, self.state)


def settled_outcome(envelope: Envelope[Transaction[Body]], rules: Rules, view: View) -> TransactionOutcome | None:
    """The outcome of a transaction that the block of `view` does not execute: it is not authentic, or it is a repeat.

    None if it is executed.
    """
    try:
        tx = authenticate_parsed(envelope, rules, view)  # 2 to 5
        first = idempotency.first_result(view, tx)  # 6
        if first is None:
            check_open(view, rules.chain_id)
    except Corrupted:
        raise
    except VeriwattError as refusal:
        return _not_executed(refusal, view)
    if first is None:
        return None
    text = f"executed before, in block {first.height}"
    return TransactionOutcome(first.code, text, first.height, executed=False, repeated=True)


def judge_ahead(raw: bytes, view: View, envelopes: Envelopes) -> TransactionOutcome | None:
    """The outcome of a transaction or bundle that the block of `view` would not execute; None if it would, or may.

    It asks for records of members and of earlier results alone, and not for what the rules of kinds read: so a node
    can judge whose every record is proven to it by others.
    """
    rules = load_rules(view)
    try:
        if not is_bundle(raw):
            check_size(raw, rules.transaction_limit)  # 1
            return settled_outcome(envelopes.transaction(raw), rules, view)
        bundle = open_bundle(raw, rules, view, envelopes, {})
    except Corrupted:
        raise
    except VeriwattError as refusal:
        return _not_executed(refusal, view)
    outcomes = [settled_outcome(each, rules, view) for each in bundle.envelopes]
    settled = [each for each in outcomes if each is not None]
    if len(settled) < len(outcomes):
        return None
    return _nothing_new(tuple(map(Carried, bundle.transactions, settled)), view)


def _not_executed(refusal: VeriwattError, view: View) -> TransactionOutcome:
    return TransactionOutcome(refusal.code, str(refusal), view.block.height, executed=False)


def _nothing_new(carried: tuple[Carried, ...], view: View) -> TransactionOutcome:
    text = "the bundle carries no transaction that is new"
    return TransactionOutcome(NothingNew.code, text, view.block.height, executed=False, carried=carried)


def _carried_result(outcome: TransactionOutcome) -> CarriedResult:
    height = None if outcome.executed else outcome.height if outcome.repeated else 0
    return CarriedResult(outcome.code, height)


def check_rules(tx: Transaction[Body], view: View, kinds: Kinds) -> None:
    """Raise the refusal of an authentic transaction: its org is suspended, or by the rules of its kind."""
    check_standing(view, tx)
    handler = kinds[tx.kind].handler
    handler.check_alone(tx)
    handler.check_against(tx, view)


def _apply(tx: Transaction[Body], state: State, kinds: Kinds) -> TransactionOutcome:
    layer = state.layer()
    try:
        check_rules(tx, layer, kinds)  # 7
    except Corrupted:
        raise
    except VeriwattError as refusal:
        return TransactionOutcome(refusal.code, str(refusal), state.block.height, executed=True)
    events = kinds[tx.kind].handler.apply(tx, layer)  # 8
    state.absorb(layer)
    return TransactionOutcome(OK, "", state.block.height, executed=True, events=events)
