"""Transactions as people and programs read them: any body becomes plain values by its fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import takewhile
from typing import Any

from veriwatt.crypto.signing import PublicKey
from veriwatt.errors import Malformed
from veriwatt.machine.kinds import parse
from veriwatt.ports.ledger import ExecutedTransaction, Ledger


def transactions_of(ledger: Ledger, first: int, last: int) -> dict[int, list[ExecutedTransaction]]:
    """The executed transactions of blocks `first` to `last`, by height."""
    found: dict[int, list[ExecutedTransaction]] = {height: [] for height in range(first, last + 1)}
    for executed in _up_to(ledger.executed(first), last):
        found[executed.result.height].append(executed)
    return found


def shown(executed: ExecutedTransaction, *, whole: bool) -> dict[str, Any]:
    """A transaction with its result; its body too when `whole`."""
    result = executed.result
    about: dict[str, Any] = {"result": result.code, "why": result.text, "bytes": len(executed.transaction)}
    try:
        tx = parse(executed.transaction)
    except Malformed as error:  # executed by a machine that knows kinds this version does not
        unknown = {"kind": "unknown", "org": "", "member": "", "digest": "", "expiry": 0}
        return about | unknown | {"why": str(error)}
    about |= {"kind": tx.kind, "org": tx.org, "member": tx.member, "digest": tx.digest.hex(), "expiry": tx.expiry}
    return about | {"body": plain(tx.body)} if whole else about


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
