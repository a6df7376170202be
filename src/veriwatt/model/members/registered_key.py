"""Public keys inside records: two fields, suite and raw key."""

from __future__ import annotations

from veriwatt.crypto.signing import PublicKey, Suite, parse_public_key
from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed


def key_fields(key: PublicKey) -> list[Value]:
    return [int(key.suite), key.raw]


def read_new_key(f: Fields) -> PublicKey:
    """The next two fields as a key about to be registered; Malformed when it is unfit (small order, ...)."""
    return parse_public_key(f.uint("suite", 255), f.bytes("key", 128))


def read_registered_key(f: Fields) -> PublicKey:
    """The next two fields as a key that a ledger took before; its fitness was checked then, not again."""
    suite, raw = f.uint("suite", 255), f.bytes("key", 128)
    if suite not in tuple(Suite):
        raise Malformed(f"unknown suite {suite} of a registered key")
    return PublicKey(Suite(suite), raw)
