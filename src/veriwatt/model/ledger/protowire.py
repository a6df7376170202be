"""Encode the proto3 messages that CometBFT hashes and signs, and compute its Merkle root over a list.

Encoding only, in one canonical form: fields in the order of their numbers, without scalars that are zero or empty, as
CometBFT's generated code writes them. Spec:
docs/spec/light-block.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from veriwatt.ids import Digest
from veriwatt.merkle.tree import leaf_hash, tree_root

_VARINT, _FIXED64, _DELIMITED = 0, 1, 2
_LIMIT = 2**64


def varint_field(number: int, value: int) -> bytes:
    """An `int32`, `int64`, `uint32`, `uint64` or enum field; a negative value takes ten bytes."""
    return _tag(number, _VARINT) + _varint(value % _LIMIT) if value else b""


def sfixed64_field(number: int, value: int) -> bytes:
    """An `sfixed64` field."""
    return _tag(number, _FIXED64) + (value % _LIMIT).to_bytes(8, "little") if value else b""


def bytes_field(number: int, value: bytes) -> bytes:
    """A `bytes` field, or a `string` field given in UTF-8."""
    return message_field(number, value) if value else b""


def message_field(number: int, encoded: bytes) -> bytes:
    """An embedded message, written even if it is empty (`nullable = false` in CometBFT)."""
    return _tag(number, _DELIMITED) + delimited(encoded)


def delimited(encoded: bytes) -> bytes:
    """The bytes prefixed by their length, as CometBFT signs a message."""
    return _varint(len(encoded)) + encoded


def root_of(items: Iterable[bytes]) -> Digest:
    """The RFC 6962 root with these items as leaf data; for none, SHA-256 of the empty string."""
    return tree_root([leaf_hash(item) for item in items])


@lru_cache(1 << 8)
def _tag(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
