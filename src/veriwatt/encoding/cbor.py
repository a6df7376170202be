"""Deterministic CBOR (RFC 8949, 4.2): one value, one spelling.

Records are arrays of integers, byte strings, texts, booleans, null and further arrays. Maps occur
only inside COSE; floats, tags and integers beyond 64 bits never occur, and the field readers of
`encoding.fields` refuse them where a record is parsed. Spec: docs/spec/encoding.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cbor2

from veriwatt.errors import Malformed, NotCanonical

Value: TypeAlias = "int | bytes | str | bool | None | Sequence[Value]"


def encode(value: Value) -> bytes:
    """The canonical bytes of `value`; raises TypeError for a type that is no CBOR value."""
    encoded: bytes = cbor2.dumps(value, canonical=True)
    return encoded


def decode(raw: bytes, what: str = "the value") -> Value:
    """The value that `raw` spells, if `raw` is the canonical spelling of it and nothing more.

    Args:
        raw: all the bytes; anything after the value is refused.
        what: names the thing in the error.

    Raises:
        Malformed: `raw` is no CBOR, nests deeper than the decoder allows, or (NotCanonical) spells
            its value in another way than `encode` does.
    """
    value = decode_unchecked(raw, what)
    if _encode_again(value, what) != raw:
        raise NotCanonical(what)
    return value


def decode_unchecked(raw: bytes, what: str) -> Value:
    """The value in `raw`, for a caller that itself compares the record's canonical bytes with `raw`."""
    try:
        value: Value = cbor2.loads(raw)
    except Exception as error:  # a decoder of hostile bytes: whatever it raises, the bytes are at fault
        raise Malformed(f"{what} is not CBOR: {_brief(error)}") from error
    return value


def _encode_again(value: Value, what: str) -> bytes:
    try:
        return encode(value)
    except Exception as error:  # tags and simple values that decode to something `encode` does not know
        raise Malformed(f"{what} has a value that is never encoded here: {_brief(error)}") from error


def _brief(error: Exception) -> str:
    return str(error)[:120] or type(error).__name__
