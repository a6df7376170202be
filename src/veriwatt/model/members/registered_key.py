"""Public keys inside records: two fields, suite and raw key."""

from __future__ import annotations

from veriwatt.crypto.signing import PublicKey, parse_public_key
from veriwatt.crypto.suites.registry import suite_numbered
from veriwatt.encoding import Fields, Value


def key_fields(key: PublicKey) -> list[Value]:
    return [key.suite.number, key.raw]


def read_new_key(f: Fields) -> PublicKey:
    """Read the next two fields as a key to be registered; raises Malformed if its suite refuses it."""
    return parse_public_key(f.uint("suite", 255), f.bytes("key", 128))


def read_registered_key(f: Fields) -> PublicKey:
    """Read the next two fields as a registered key; it was checked at registration and is not checked again."""
    return PublicKey(suite_numbered(f.uint("suite", 255)), f.bytes("key", 128))
