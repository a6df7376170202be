"""Records of the ledger as JSON holds them, by their fields."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from veriwatt.crypto.signing import PublicKey
from veriwatt.energy.calendar import Zone
from veriwatt.units import UtcMillis

UTC = Zone.parse("UTC")


def utc(t: UtcMillis) -> str:
    """RFC 3339 in UTC."""
    return UTC.rfc3339(t)


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
