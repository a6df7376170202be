"""What of a transaction's outcome is hashed into the next header: its code alone, alike on every engine."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from veriwatt.ids import Digest
from veriwatt.machine.app import OK
from veriwatt.model.ledger.block import TxResult, results_hash


@lru_cache(1 << 8)  # there are as many as codes
def tx_result(code: str) -> TxResult:
    """0 with nothing for "ok", 1 with the code's text for a refusal; no words meant for people."""
    return TxResult(0, b"") if code == OK else TxResult(1, code.encode())


def codes_hash(codes: Iterable[str]) -> Digest:
    return results_hash([tx_result(code) for code in codes])
