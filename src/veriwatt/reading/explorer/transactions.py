"""The items of a block told: transactions with their decoded bodies, bundles with the transactions that they carry."""

from __future__ import annotations

from typing import Any

from veriwatt.errors import Malformed
from veriwatt.machine.transaction_kinds import parse
from veriwatt.model.ledger.bundle import is_bundle, parse_bundle, parse_results_data
from veriwatt.model.ledger.transaction import digest_in
from veriwatt.ports.ledger import BlockItem, Ledger
from veriwatt.reading.explorer.plain import plain, utc
from veriwatt.readmodel.hash_index import HashPlace

OK = "ok"


def item_json(item: BlockItem, place: int) -> dict[str, Any]:
    """One item: `transactions` is None of a transaction, and of a bundle those that it carries, each with its result.

    The keys of both are those of `transaction_json`.
    """
    code = result_code(item)
    if not is_bundle(item.raw):
        return {"place": place, **transaction_json(item.raw, code), "transactions": None}
    try:
        bundle = parse_bundle(item.raw)
    except Malformed as error:
        return {"place": place, **_unknown(item.raw, code, error), "transactions": None}
    relay = f"{bundle.org}/{bundle.member}"
    about = {
        "kind": "bundle",
        "org": bundle.org,
        "member": bundle.member,
        "digest": bundle.digest.hex(),
        "result": code,
        "why": "",
        "bytes": len(item.raw),
        "expiry": bundle.expiry,
        "relay": "",
        "body": None,
    }
    if item.result.code != 0:
        return {"place": place, **about, "transactions": []}
    results = parse_results_data(item.result.data)
    carried = [
        {"place": at, **transaction_json(raw, each.code, relay), "first_height": each.height}
        for at, (raw, each) in enumerate(zip(bundle.transactions, results, strict=True))
    ]
    return {"place": place, **about, "transactions": carried}


def executed_in(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The transactions of a told item that were executed by it: itself, or those of a bundle that are no repeats."""
    if item["transactions"] is None:
        return [{name: value for name, value in item.items() if name not in ("place", "transactions")}]
    fresh = [each for each in item["transactions"] if each["first_height"] is None]
    return [{name: value for name, value in each.items() if name not in ("place", "first_height")} for each in fresh]


def transaction_json(raw: bytes, code: str, relay: str = "") -> dict[str, Any]:
    """A transaction with its body; one that this version cannot parse is of kind "unknown", and `why` says why."""
    try:
        tx = parse(raw)
    except Malformed as error:
        return _unknown(raw, code, error, relay)
    return {
        "kind": tx.kind,
        "org": tx.org,
        "member": tx.member,
        "digest": tx.digest.hex(),
        "result": code,
        "why": "",
        "bytes": len(raw),
        "expiry": tx.expiry,
        "relay": relay,
        "body": plain(tx.body),
    }


def result_code(item: BlockItem) -> str:
    """The code of the refusal, or "ok"."""
    return OK if item.result.code == 0 else item.result.data.decode(errors="replace")


def _unknown(raw: bytes, code: str, error: Malformed, relay: str = "") -> dict[str, Any]:
    """A newer machine may have executed it."""
    try:
        digest = digest_in(raw).hex()
    except Malformed:
        digest = ""
    return {
        "kind": "unknown",
        "org": "",
        "member": "",
        "digest": digest,
        "result": code,
        "why": str(error),
        "bytes": len(raw),
        "expiry": 0,
        "relay": relay,
        "body": None,
    }


def whole_transaction_json(ledger: Ledger, place: HashPlace) -> dict[str, Any]:
    """The transaction or bundle at a place of the index, with its bytes, and the block and bundle that it is in."""
    block = ledger.block(place.height)
    item = block.items[place.place]
    told, raw, bundle = item_json(item, place.place), item.raw, None
    if place.carried is not None:
        bundle, raw = told["digest"], parse_bundle(item.raw).transactions[place.carried]
        told = {**told["transactions"][place.carried], "transactions": None}
        del told["first_height"]
    return {
        **told,
        "height": block.height,
        "time": utc(block.time),
        "hash": block.hash.hex(),
        "item": place.place,
        "bundle": bundle,
        "raw": raw.hex(),
    }
