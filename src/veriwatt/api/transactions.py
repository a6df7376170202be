"""Transactions in the API's answers: any body becomes JSON values by its fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import takewhile
from typing import Any

from veriwatt.api.schemas.ledger import BlockTransaction
from veriwatt.crypto.signing import PublicKey
from veriwatt.errors import Malformed
from veriwatt.machine.transaction_kinds import parse
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.ports.ledger import ExecutedTransaction, Ledger


def transactions_of(ledger: Ledger, first: int, last: int) -> dict[int, list[ExecutedTransaction]]:
    """The executed transactions of blocks `first` to `last`, by height."""
    found: dict[int, list[ExecutedTransaction]] = {height: [] for height in range(first, last + 1)}
    for executed in _up_to(ledger.executed(first), last):
        found[executed.result.height].append(executed)
    return found


def transaction_summary(executed: ExecutedTransaction) -> BlockTransaction:
    """A transaction with its result, without its body."""
    tx = _parsed(executed)
    if isinstance(tx, Malformed):
        return _unknown(executed, tx)
    return BlockTransaction(
        kind=tx.kind,
        org=tx.org,
        member=tx.member,
        digest=tx.digest.hex(),
        result=executed.result.code,
        why=executed.result.text,
        bytes=len(executed.transaction),
        expiry=tx.expiry,
    )


def whole_transaction(executed: ExecutedTransaction) -> BlockTransaction:
    """A transaction with its result and body; the body of an unknown kind is None."""
    tx = _parsed(executed)
    body = None if isinstance(tx, Malformed) else plain(tx.body)
    return transaction_summary(executed).model_copy(update={"body": body})


def plain(value: object) -> Any:
    """`value` as JSON holds it: bytes as hex, records as objects, decimals and ids as text."""
    if isinstance(value, PublicKey):
        return {"suite": value.suite.number, "key_id": value.key_id.hex(), "key": value.raw.hex()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


def _up_to(executed: Iterable[ExecutedTransaction], last: int) -> Iterator[ExecutedTransaction]:
    return takewhile(lambda each: each.result.height <= last, executed)


def _parsed(executed: ExecutedTransaction) -> Transaction[Any] | Malformed:
    """The transaction, or the error if this version cannot parse it: a newer machine may have executed it."""
    try:
        return parse(executed.transaction)
    except Malformed as error:
        return error


def _unknown(executed: ExecutedTransaction, error: Malformed) -> BlockTransaction:
    result = executed.result.code
    return BlockTransaction(
        kind="unknown",
        org="",
        member="",
        digest="",
        result=result,
        why=str(error),
        bytes=len(executed.transaction),
        expiry=0,
    )
