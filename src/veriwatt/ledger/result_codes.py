"""The hash of results in a block header: it commits to the codes alone, on every engine."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from veriwatt.ids import Digest
from veriwatt.machine.app import OK
from veriwatt.model.ledger.block import TxResult, results_hash


@lru_cache(1 << 8)  # one for each code
def tx_result(code: str) -> TxResult:
    """0 without data for "ok", 1 with the code for a refusal; text for people is not hashed."""
    return TxResult(0, b"") if code == OK else TxResult(1, code.encode())


def codes_hash(codes: Iterable[str]) -> Digest:
    return results_hash([tx_result(code) for code in codes])
