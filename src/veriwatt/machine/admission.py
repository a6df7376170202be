"""What an engine asks of a transaction or bundle before it is in a block: of one that comes in, and of a proposal.

Pure functions of the state after the last block and the context of the next one; nothing is written. Spec:
docs/spec/bundle.md, Three places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from veriwatt.errors import Corrupted, VeriwattError
from veriwatt.machine import idempotency
from veriwatt.machine.app import TransactionOutcome, check_rules, execute_block
from veriwatt.machine.authenticate import authenticate, authenticate_parsed
from veriwatt.machine.bundle_opening import OpenedBundle, Relayed, open_bundle
from veriwatt.machine.envelopes import Envelopes
from veriwatt.machine.governance.queries import check_open
from veriwatt.machine.refusals import NothingNew
from veriwatt.machine.rules import Rules, load_rules
from veriwatt.machine.state import BlockContext, ReadOnce, State, StateRows, View
from veriwatt.machine.transaction_kinds import KINDS, Kinds
from veriwatt.model.ledger.bundle import is_bundle
from veriwatt.model.ledger.transaction import Body, Transaction


def admit(
    rows: StateRows, block: BlockContext, raw: bytes, kinds: Kinds = KINDS, envelopes: Envelopes | None = None
) -> None:
    """Raise unless the next block, with this alone, would accept the transaction, or one of the bundle.

    Raises:
        NothingNew: it was executed before, or none of the bundle's transactions would be accepted.
        VeriwattError: any other refusal, which it would get in the block.
        Corrupted, WrongMachine: as `execute_block`.
    """
    rules, state, envelopes = load_rules(rows), State(ReadOnce(rows), block), envelopes or Envelopes(kinds)
    if not is_bundle(raw):
        _check_acceptable(authenticate(raw, rules, state, envelopes), state, kinds)
        return
    for each in open_bundle(raw, rules, state, envelopes, {}).envelopes:
        try:
            _check_acceptable(authenticate_parsed(each, rules, state), state, kinds)
        except Corrupted:
            raise
        except VeriwattError:
            continue
        return
    raise NothingNew("none of the bundle's transactions would be accepted")


def outcome_outside(
    rows: StateRows, block: BlockContext, raw: bytes, envelopes: Envelopes
) -> TransactionOutcome | None:
    """The outcome of a transaction or bundle that `admit` refuses, that of its first execution if it is a repeat; None

    if it is admitted.

    Raises:
        Corrupted, WrongMachine: as `execute_block`.
    """
    try:
        admit(rows, block, raw, envelopes=envelopes)
    except Corrupted:
        raise
    except VeriwattError as refusal:
        (outcome,) = execute_block(rows, block, [raw], envelopes=envelopes).outcomes
        if outcome.repeated:
            return outcome
        return replace(outcome, code=refusal.code, text=str(refusal), executed=False, events=(), data=b"")
    return None


def screen(
    rows: StateRows,
    block: BlockContext,
    items: Sequence[bytes],
    kinds: Kinds = KINDS,
    envelopes: Envelopes | None = None,
) -> Iterator[VeriwattError | None]:
    """For each transaction or bundle of a proposal, in order: None, or why it may not stand at its place.

    Each is judged when it is asked for, so that nobody goes on after the first refusal of another's proposal.

    A refused item counts as left out: what follows is judged without it. So a proposer that leaves the refused items
    out has a proposal of which every validator with this state refuses none. One item alone is a recheck.

    Raises:
        Corrupted, WrongMachine: as `execute_block`.
    """
    proposal = _Proposal(load_rules(rows), State(ReadOnce(rows), block), envelopes or Envelopes(kinds))
    return map(proposal.refusal, items)


@dataclass(slots=True)
class _Proposal:
    """The items of a proposal so far: the idempotency keys of what they carry, and the bundles of each org."""

    rules: Rules
    state: State
    envelopes: Envelopes
    carried: set[bytes] = field(default_factory=set)
    relayed: Relayed = field(default_factory=dict)

    def refusal(self, raw: bytes) -> VeriwattError | None:
        try:
            if is_bundle(raw):
                self._take_bundle(open_bundle(raw, self.rules, self.state, self.envelopes, self.relayed))
            else:
                self._take(authenticate(raw, self.rules, self.state, self.envelopes))
        except Corrupted:
            raise
        except VeriwattError as refusal:
            return refusal
        return None

    def _take_bundle(self, bundle: OpenedBundle) -> None:
        before = len(self.carried)
        for each in bundle.envelopes:
            try:
                self._take(authenticate_parsed(each, self.rules, self.state))
            except Corrupted:
                raise
            except VeriwattError:
                continue
        if len(self.carried) == before:
            raise NothingNew("the bundle carries no transaction that is new here")
        self.relayed[bundle.org] = self.relayed.get(bundle.org, 0) + 1

    def _take(self, tx: Transaction[Body]) -> None:
        """Count an authentic transaction as carried; raises a refusal if it is not new here."""
        _check_unrecorded(tx, self.state)
        once = tx.key_id + tx.client_id
        if once in self.carried:
            raise NothingNew("the proposal carries a transaction with its client id already")
        self.carried.add(once)


def _check_acceptable(tx: Transaction[Body], state: State, kinds: Kinds) -> None:
    _check_unrecorded(tx, state)
    check_rules(tx, state, kinds)


def _check_unrecorded(tx: Transaction[Body], view: View) -> None:
    first = idempotency.first_result(view, tx)
    if first is not None:
        raise NothingNew(f"it was executed in block {first.height}, with the result {first.code}")
    check_open(view, tx.chain)
