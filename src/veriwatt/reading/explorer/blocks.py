"""Blocks told, and the block that was in force at a time."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from veriwatt.errors import NotFound
from veriwatt.ids import Digest
from veriwatt.ports.ledger import Block, Ledger
from veriwatt.reading.explorer.plain import utc
from veriwatt.reading.explorer.transactions import executed_in, item_json
from veriwatt.readmodel.hash_index import HashIndex, HashKind, HashPlace, holds, newest_told
from veriwatt.units import UtcMillis
from veriwatt.verify.block_check import signed_power


def operator_of(ledger: Ledger) -> str:
    """Who finalises blocks: the text that every answer about the ledger has."""
    count = len(ledger.light_block(ledger.head().height).validators.validators)
    return "single operator" if count == 1 else f"{count} validators"


def blocks_json(ledger: Ledger, limit: int, before: int | None) -> dict[str, Any]:
    """The newest blocks below `before`, newest first, without the bodies of their transactions.

    A node that began with a snapshot has none before it.
    """
    newest = newest_told(ledger)
    last = newest if before is None else min(newest, before - 1)
    listed = []
    for height in range(last, max(0, last - limit), -1):
        try:
            listed.append(_brief(ledger, height))
        except NotFound:
            break
    return {"operator": operator_of(ledger), "height": ledger.head().height, "blocks": listed}


def block_json(ledger: Ledger, height: int) -> dict[str, Any]:
    """One block whole, its transactions decoded; NotFound beyond the head, and where this node does not have it."""
    block = ledger.block(height)
    items = [item_json(item, place) for place, item in enumerate(block.items)]
    light = ledger.light_block(height)
    signed, total = signed_power(light)
    before = light.header.last_block_id
    return {
        **_head(ledger, block),
        "operator": operator_of(ledger),
        "before": None if before is None else before.hash.hex(),
        "data_hash": light.header.data_hash.hex(),
        "validators_hash": light.header.validators_hash.hex(),
        "proposer": light.header.proposer_address.hex(),
        "signed_power": signed,
        "total_power": total,
        "newest": height == ledger.head().height,
        "items": items,
        "transactions": [each for item in items for each in executed_in(item)],
    }


def block_at(ledger: Ledger, time: UtcMillis) -> Block:
    """The block in force at a time: the newest whose header's time is not later.

    Raises:
        NotFound: the ledger begins later, or this node has no block so old.
    """

    def time_of(height: int) -> UtcMillis:
        try:
            return ledger.block(height).time
        except NotFound:
            return -1  # blocks are missing before a snapshot alone

    height = bisect_right(range(1, newest_told(ledger) + 1), time, key=time_of)
    if height == 0:
        raise NotFound(f"the ledger begins at {utc(ledger.block(1).time)}; at {utc(time)} it had no block")
    return ledger.block(height)


def places_of(ledger: Ledger, hashes: HashIndex, begins: bytes, most: int) -> list[HashPlace]:
    """Where hashes that begin so are, as far as the index has come; each was compared with its block.

    An index that is wrong in one is forgotten, and made again by who asks next.
    """
    found = hashes.find(begins, most)
    right = [each for each in found if _is_there(ledger, each)]
    if len(right) < len(found):
        hashes.forget()
    return right


def transaction_place(ledger: Ledger, hashes: HashIndex, digest: Digest) -> HashPlace:
    """Where a transaction or bundle is; raises NotFound where none has that digest."""
    for each in places_of(ledger, hashes, digest, len(HashKind)):
        if each.kind in (HashKind.TRANSACTION, HashKind.BUNDLE):
            return each
    raise NotFound(f"no block here has a transaction or bundle of digest {digest}")


def _is_there(ledger: Ledger, place: HashPlace) -> bool:
    try:
        return holds(ledger.block(place.height), place)
    except NotFound:
        return False


def _brief(ledger: Ledger, height: int) -> dict[str, Any]:
    block = ledger.block(height)
    executed = [each for place, item in enumerate(block.items) for each in executed_in(item_json(item, place))]
    told = [{name: value for name, value in each.items() if name != "body"} for each in executed]
    return {**_head(ledger, block), "transactions": told}


def _head(ledger: Ledger, block: Block) -> dict[str, Any]:
    return {
        "height": block.height,
        "time": utc(block.time),
        "hash": block.hash.hex(),
        "app_hash": block.app_hash.hex(),
        "signers": len(ledger.light_block(block.height).validators.validators),
    }
