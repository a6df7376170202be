"""A check of a block or a transaction told: each step as it was done by this program, here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from veriwatt.ports.ledger import Block, Ledger
from veriwatt.readmodel.hash_index import HashPlace
from veriwatt.verify.block_check import BlockParts, CheckedStep, CheckState, check_block, check_item


def block_check_json(ledger: Ledger, height: int) -> dict[str, Any]:
    """The check of a block; raises NotFound beyond the head."""
    return _told(check_block(_parts(ledger, ledger.block(height))))


def transaction_check_json(ledger: Ledger, place: HashPlace) -> dict[str, Any]:
    """The check of the block, and of the item that is or carries the transaction."""
    return _told(check_item(_parts(ledger, ledger.block(place.height)), place.place))


def _parts(ledger: Ledger, block: Block) -> BlockParts:
    newest = block.height >= ledger.head().height
    after = None if newest else ledger.light_block(block.height + 1)
    items = [(item.raw, item.result) for item in block.items]
    return BlockParts(ledger.chain_id, ledger.light_block(block.height), items, after)


def _told(steps: Sequence[CheckedStep]) -> dict[str, Any]:
    """The outcome is the worst state of a step."""
    states = [step.state for step in steps]
    worst = next(each for each in (CheckState.FAILED, CheckState.OPEN, CheckState.HOLDS) if each in states)
    return {"outcome": worst.value, "steps": [_step(n, step) for n, step in enumerate(steps, 1)]}


def _step(number: int, step: CheckedStep) -> dict[str, Any]:
    error = step.error
    return {
        "step": number,
        "name": step.name,
        "state": step.state.value,
        "found": dict(step.found),
        "code": None if error is None else error.code,
        "why": None if error is None else str(error),
        "values": {} if error is None else error.values,
    }
