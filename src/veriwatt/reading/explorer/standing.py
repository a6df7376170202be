"""How the ledger stands: its newest block and rate, who signed the newest blocks, and what is wrong.

    disk-full              the disk of this node's ledger is full: it takes part no longer, while the others may go on
    ledger-stale           a block has been due for three heartbeats, and none was made
    head-stale             a node that follows the ledger knows no block of the last three heartbeats
    ledger-halted          a network made no block for one and a half heartbeats, waited for or not
    validators-missing     validators whose vote is in none of the newest blocks
    validator-misbehaved   validators with power of whom the ledger has recorded misbehaviour

Votes are counted of blocks that have a next one, which has kept them: there every node has the same ones. Of the newest
block each node has those that came to it first.

A network of which a third of the power is gone halts, and no block says so: it is stale, for it makes a block every
heartbeat. A ledger of one validator may make none while nothing waits. The sentences of the alarms are in the
catalogues of `web`, under `alarm.CODE`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from veriwatt.errors import NotFound, Unavailable
from veriwatt.machine.key_registry import org_of_validator
from veriwatt.model.ledger.block import LightBlock, Validator, VoteFlag
from veriwatt.ports.ledger import HEARTBEAT, Block, Head, Ledger
from veriwatt.reading.explorer.halt import halted_for, last_vote
from veriwatt.reading.explorer.misbehaviour import misbehaved_alarm, misbehaved_validators, misbehaviour_json
from veriwatt.reading.explorer.plain import utc
from veriwatt.reading.explorer.transactions import executed_in, item_json
from veriwatt.readmodel.hash_index import newest_told
from veriwatt.system.disk_errors import DiskFull
from veriwatt.units import MINUTE, UtcMillis

STALE_AFTER = 3 * HEARTBEAT
"""Milliseconds for which a block is due before the ledger is called stale."""

MISSING_IN = 5
"""A validator is missing if none of so many blocks before the newest has its vote: one may come late for a block."""

SIGNED_IN = 50
"""The blocks before the newest over which the share of each validator is counted."""

RATE_OVER = 20
"""The newest blocks over which the rate is counted."""


def ledger_json(
    ledger: Ledger,
    now: UtcMillis,
    waiting_since: UtcMillis | None,
    *,
    follows: bool = False,
    full: DiskFull | None = None,
) -> dict[str, Any]:
    """The ledger's newest state, rate, validators and alarms.

    `waiting_since` is since when a block is awaited: the oldest of what waits should have been executed then.
    `follows` says that this node follows the ledger by peers; `full` that its own disk is, which explains a standstill.
    """
    head, lights = ledger.head(), newest_lights(ledger, SIGNED_IN + 1)
    standing = alarms(head, lights, now, waiting_since, follows=follows)
    return {
        "chain_id": ledger.chain_id,
        "height": head.height,
        "time": utc(head.time),
        "now": utc(now),
        "app_hash": head.app_hash.hex(),
        "root_log_size": head.root_log_size,
        "rate": _rate(ledger, head, now),
        **_validators(ledger, lights),
        "alarms": [*_full(full), *standing, *_misbehaved(ledger, lights[0])],
    }


def validators_json(ledger: Ledger) -> dict[str, Any]:
    """The validators of the newest block: the power of each, and how many of the blocks before that one it signed.

    With them what is recorded of validators that misbehaved, present or former.
    """
    return _validators(ledger, newest_lights(ledger, SIGNED_IN + 1))


def banner_json(
    ledger: Ledger,
    now: UtcMillis,
    waiting_since: UtcMillis | None,
    *,
    follows: bool = False,
    full: DiskFull | None = None,
) -> dict[str, Any]:
    """The alarms that the newest block alone shows: standstill and misbehaviour; the arguments as of `ledger_json`."""
    head = ledger.head()
    newest = ledger.light_block(head.height)
    standstill = _standstill(head, newest, now, waiting_since, follows=follows)
    return {"alarms": [*_full(full), *standstill, *_misbehaved(ledger, newest)]}


def alarms(
    head: Head, lights: Sequence[LightBlock], now: UtcMillis, waiting_since: UtcMillis | None, *, follows: bool = False
) -> list[dict[str, Any]]:
    """What is wrong, each with a code and the values of its sentence; `lights` as `newest_lights` gives them."""
    found = _standstill(head, lights[0], now, waiting_since, follows=follows)
    missing = missing_validators(lights)
    if missing:
        power = sum(each.power for each in missing)
        values = {
            "count": len(missing),
            "of": len(lights[0].validators.validators),
            "power": power,
            "total": lights[0].validators.total_power,
            "blocks": len(_counted(lights, MISSING_IN)),
            "names": ", ".join(each.address.hex()[:10] for each in missing),
        }
        found.append({"code": "validators-missing", "values": values})
    return found


def _standstill(
    head: Head, newest: LightBlock, now: UtcMillis, waiting_since: UtcMillis | None, *, follows: bool
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    waited = stale_for(head, newest, now, waiting_since)
    if follows and now - head.time > STALE_AFTER:
        values = {"minutes": (now - head.time) // MINUTE, "time": utc(head.time), "height": head.height}
        found.append({"code": "head-stale", "values": values})
    elif waited is not None:
        found.append({"code": "ledger-stale", "values": {"minutes": waited // MINUTE, "time": utc(head.time)}})
    silent = None if follows else halted_for(newest, now)
    if silent is not None:
        values = {"minutes": silent // MINUTE, "time": utc(last_vote(newest)), "height": head.height}
        found.append({"code": "ledger-halted", "values": values})
    return found


def stale_for(head: Head, newest: LightBlock, now: UtcMillis, waiting_since: UtcMillis | None) -> int | None:
    """For how many milliseconds a block has been due and none was made; None where that is no alarm.

    Args:
        newest: the block of the head.
    """
    due_since = head.time if len(newest.validators.validators) > 1 else waiting_since
    if due_since is None:
        return None
    waited = now - max(head.time, due_since)
    return waited if waited >= STALE_AFTER else None


def missing_validators(lights: Sequence[LightBlock]) -> list[Validator]:
    """The validators of the newest block, the first of `lights`, that signed none of the `MISSING_IN` before it."""
    counted = _counted(lights, MISSING_IN)
    signed, present = _votes(counted)
    here = [v for v in lights[0].validators.validators if present[v.address] == len(counted)]
    return [v for v in here if counted and not signed[v.address]]


def newest_lights(ledger: Ledger, most: int) -> list[LightBlock]:
    """Up to `most` of the newest light blocks that this node has, the newest first."""
    newest = ledger.head().height
    found = [ledger.light_block(newest)]
    for height in range(newest - 1, max(0, newest - most), -1):
        try:
            found.append(ledger.light_block(height))
        except (NotFound, Unavailable):  # a node that began with a snapshot, or whose peers do not answer
            break
    return found


def _full(disk: DiskFull | None) -> list[dict[str, Any]]:
    if disk is None:
        return []
    return [{"code": disk.code, "values": {"path": disk.path, "free": disk.free, "needed": disk.needed}}]


def _misbehaved(ledger: Ledger, newest: LightBlock) -> list[dict[str, Any]]:
    found = misbehaved_validators(ledger, newest.validators.validators)
    return [misbehaved_alarm(found, newest.validators.total_power)] if found else []


def _validators(ledger: Ledger, lights: Sequence[LightBlock]) -> dict[str, Any]:
    signed, present = _votes(_counted(lights, SIGNED_IN))
    missing = {each.address for each in missing_validators(lights)}
    misbehaviour = misbehaviour_json(ledger)
    misbehaved = {each["address"] for each in misbehaviour}
    told = [
        {
            "address": each.address.hex(),
            "public_key": each.public_key.hex(),
            "org": org_of_validator(ledger, each.public_key),
            "power": each.power,
            "signed": signed[each.address],
            "of": present[each.address],
            "missing": each.address in missing,
            "misbehaved": each.address.hex() in misbehaved,
        }
        for each in lights[0].validators.validators
    ]
    return {
        "signed_in": len(_counted(lights, SIGNED_IN)),
        "total_power": lights[0].validators.total_power,
        "validators": told,
        "misbehaviour": misbehaviour,
    }


def _counted(lights: Sequence[LightBlock], most: int) -> Sequence[LightBlock]:
    """Up to `most` blocks before the newest, the first of `lights`."""
    return lights[1 : most + 1]


def _votes(lights: Sequence[LightBlock]) -> tuple[Counter[bytes], Counter[bytes]]:
    """By address, how many of the blocks each validator signed, and of how many it is a validator."""
    signed, present = Counter[bytes](), Counter[bytes]()
    for light in lights:
        for validator, vote in zip(light.validators.validators, light.commit.signatures, strict=False):
            present[validator.address] += 1
            signed[validator.address] += vote.flag is VoteFlag.COMMIT
    return signed, present


def _rate(ledger: Ledger, head: Head, now: UtcMillis) -> dict[str, Any]:
    """The transactions of the newest blocks, and how many a minute that is from the first of them to now."""
    blocks = list(_newest_blocks(ledger, newest_told(ledger)))
    items = [(place, item) for block in blocks for place, item in enumerate(block.items)]
    transactions = sum(len(executed_in(item_json(item, place))) for place, item in items)
    since = blocks[-1].time if blocks else head.time
    tenths = 10 * MINUTE * transactions // (max(now, head.time + 1) - since)
    return {
        "blocks": len(blocks),
        "since": utc(since),
        "transactions": transactions,
        "per_minute": f"{tenths // 10}.{tenths % 10}",
    }


def _newest_blocks(ledger: Ledger, newest: int) -> Iterator[Block]:
    for height in range(newest, max(0, newest - RATE_OVER), -1):
        try:
            yield ledger.block(height)
        except (NotFound, Unavailable):
            return
