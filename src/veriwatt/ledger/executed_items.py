"""The transactions that an item of a block executed: itself, or those of a bundle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from veriwatt.errors import Malformed
from veriwatt.ledger.result_codes import BlockResult, tx_result
from veriwatt.model.ledger.bundle import is_bundle, parse_bundle, parse_results_data
from veriwatt.ports.ledger import BlockItem, ExecutedTransaction, Result
from veriwatt.units import UtcMillis


def executed_items(raw: bytes, result: BlockResult, height: int, time: UtcMillis) -> Iterator[ExecutedTransaction]:
    """The executed transactions of one item of block `height`, with its result there; a repeat is none of them.

    A bundle that was refused at its place in the block has none.

    Raises:
        Malformed: the item is a bundle, and is not what was executed.
    """
    if isinstance(result, str):
        if not is_bundle(raw):
            yield ExecutedTransaction(raw, Result(result, "", height, time))
        return
    bundle = parse_bundle(raw)
    relay = f"{bundle.org}/{bundle.member}"
    for transaction, (code, first) in zip(bundle.transactions, parse_results_data(result), strict=True):
        if first is None:
            yield ExecutedTransaction(transaction, Result(code, "", height, time), relay)


def block_items(transactions: Sequence[bytes], results: Sequence[BlockResult]) -> tuple[BlockItem, ...]:
    """The items of a stored block with their results."""
    return tuple(BlockItem(raw, tx_result(result)) for raw, result in zip(transactions, results, strict=True))


def carried_by(raw: bytes) -> tuple[bytes, ...]:
    """The transactions of a bundle; none of anything else, and of a bundle that cannot be parsed."""
    try:
        return parse_bundle(raw).transactions if is_bundle(raw) else ()
    except Malformed:
        return ()
