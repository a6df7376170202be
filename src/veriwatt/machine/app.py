"""Execute a block: every node computes the same results and state changes from the same transactions.

    for each transaction: authenticate it, look for the result of an earlier execution, then run its
    handler's check_alone, check_against and apply on a layer that is dropped when it is refused.

The numbers at the code are the steps of docs/spec/transaction.md.

An expected error is a refusal with a code. Any other exception is a bug and propagates: the node halts rather than fork
(docs/adr/0012-a-bug-stops-the-block.md). Spec: docs/spec/ledger.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.errors import Corrupted, VeriwattError
from veriwatt.machine import idempotency
from veriwatt.machine.authenticate import authenticate
from veriwatt.machine.events import Event
from veriwatt.machine.rules import Rules, load_rules
from veriwatt.machine.state import Appended, BlockContext, ReadOnce, State, StateRows
from veriwatt.machine.transaction_kinds import KINDS, Kinds
from veriwatt.model.chain.anchor import RootLogLeaf
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.model.ledger.transaction import Body, Transaction

OK = "ok"


@dataclass(frozen=True, slots=True)
class TransactionOutcome:
    """The result of one transaction.

    `height` is the block that executed it: this one, or an earlier one if the transaction is repeated. `executed` is
    False for a transaction that is not authentic or is repeated; it is not included in the block. `text` is for people
    and is not part of consensus.
    """

    code: str
    text: str
    height: int
    executed: bool
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class ExecutedBlock:
    """The outcomes in order, the changes by state key, and the leaves appended to logs, in order."""

    outcomes: tuple[TransactionOutcome, ...]
    changes: dict[bytes, bytes | None]
    appends: tuple[Appended, ...]


def execute_block(
    rows: StateRows, block: BlockContext, transactions: Sequence[bytes], kinds: Kinds = KINDS
) -> ExecutedBlock:
    """Execute `transactions` in order on the state `rows`, without writing to it.

    A block that executes no transaction changes nothing, so the app hash stays the same.

    Raises:
        WrongMachine: the state is of another machine version.
        Corrupted: the state contradicts itself.
    """
    rules, state = load_rules(rows), State(ReadOnce(rows), block)
    idempotency.purge(state)
    expiries: idempotency.Expiries = {}
    outcomes = tuple(_execute(raw, rules, state, expiries, kinds) for raw in transactions)
    if not expiries:
        return ExecutedBlock(outcomes, {}, ())
    idempotency.file_expiries(state, expiries)
    state.append(ROOT_LOG, RootLogLeaf(block.height, block.time, block.app_hash).to_bytes())
    return ExecutedBlock(outcomes, state.all_changes(), tuple(state.appends))


def _execute(
    raw: bytes, rules: Rules, state: State, expiries: idempotency.Expiries, kinds: Kinds
) -> TransactionOutcome:
    height = state.block.height
    try:
        tx = authenticate(raw, rules, state, kinds)  # 1 to 5
        first = idempotency.first_result(state, tx)  # 6
    except Corrupted:
        raise
    except VeriwattError as refusal:
        return TransactionOutcome(refusal.code, str(refusal), height, executed=False)
    if first is not None:
        return TransactionOutcome(first.code, f"executed before, in block {first.height}", first.height, executed=False)
    outcome = _apply(tx, state, kinds)
    idempotency.record(state, tx, outcome.code, expiries)
    return outcome


def _apply(tx: Transaction[Body], state: State, kinds: Kinds) -> TransactionOutcome:
    handler, layer = kinds[tx.kind].handler, state.layer()
    try:
        handler.check_alone(tx)  # 7
        handler.check_against(tx, layer)
    except Corrupted:
        raise
    except VeriwattError as refusal:
        return TransactionOutcome(refusal.code, str(refusal), state.block.height, executed=True)
    events = handler.apply(tx, layer)  # 8
    state.absorb(layer)
    return TransactionOutcome(OK, "", state.block.height, executed=True, events=events)
