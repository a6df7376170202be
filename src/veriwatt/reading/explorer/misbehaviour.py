"""What the ledger has recorded of validators that misbehaved, for people and programs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from veriwatt.machine.governance.queries import all_misbehaviour
from veriwatt.machine.key_registry import key_at_address
from veriwatt.machine.state import StateRows
from veriwatt.model.ledger.validators import Validator
from veriwatt.reading.explorer.plain import utc


def misbehaviour_json(rows: StateRows) -> list[dict[str, Any]]:
    """All that is recorded, by the validators' addresses, of each in the order of recording.

    `public_key` is None where the ledger does not know it by its address: its validators are fixed.
    """
    found = []
    for record in all_misbehaviour(rows):
        for each in record.recorded:
            key = key_at_address(rows, each.what.address)
            found.append(
                {
                    "address": each.what.address.hex(),
                    "public_key": None if key is None else key.raw.hex(),
                    "org": record.org,
                    "kind": each.what.kind.told,
                    "height": each.what.height,
                    "time": utc(each.what.time),
                    "power": each.what.power,
                    "total_power": each.what.total_power,
                    "recorded_height": each.height,
                    "recorded_time": utc(each.time),
                }
            )
    return found


def misbehaved_validators(rows: StateRows, present: Sequence[Validator]) -> list[tuple[Validator, str]]:
    """Those who have power and of whom misbehaviour is recorded, each with the org that answers for it."""
    orgs = {each.what.address: record.org for record in all_misbehaviour(rows) for each in record.recorded[:1]}
    return [(each, orgs[each.address]) for each in present if each.address in orgs]


def misbehaved_alarm(misbehaved: Collection[tuple[Validator, str]], total_power: int) -> dict[str, Any]:
    """The alarm that names them: their orgs, where they have one, and the beginnings of their addresses."""
    values = {
        "count": len(misbehaved),
        "power": sum(each.power for each, _ in misbehaved),
        "total": total_power,
        "names": ", ".join(f"{org} {each.address.hex()[:10]}".strip() for each, org in misbehaved),
    }
    return {"code": "validator-misbehaved", "values": values}
