"""The results of a block, as its successor's header commits to them, on every engine."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.machine.app import OK, TransactionOutcome
from veriwatt.model.ledger.block import TxResult, results_hash

BlockResult: TypeAlias = str | bytes
"""The code of a transaction, or of a bundle that is refused; of an executed bundle the data, with a code for each."""


def block_result(outcome: TransactionOutcome) -> BlockResult:
    return outcome.data or outcome.code


def stored_result(value: object) -> BlockResult:
    """A result in a stored block; raises Malformed unless it is one."""
    if type(value) is not str and type(value) is not bytes:
        raise Malformed("stored block: a result is neither a code nor a bundle's data")
    return value


@lru_cache(1 << 8)  # one for each code
def tx_result(result: BlockResult) -> TxResult:
    """0 for "ok" and an executed bundle, which alone has data then; 1 with the code for a refusal.

    Text for people is not hashed.
    """
    if isinstance(result, bytes):
        return TxResult(0, result)
    return TxResult(0, b"") if result == OK else TxResult(1, result.encode())


def block_result_of(result: TxResult) -> BlockResult:
    """The result that `tx_result` makes this of; raises Malformed if there is none."""
    try:
        found = result.data.decode() if result.code else result.data or OK
    except UnicodeDecodeError:
        raise Malformed("result of a transaction: its code is not text") from None
    if tx_result(found) != result:
        raise Malformed("result of a transaction: no transaction or bundle has it")
    return found


def hash_of_results(results: Iterable[BlockResult]) -> Digest:
    return results_hash([tx_result(result) for result in results])
