"""Deterministic CBOR (RFC 8949, 4.2): each value has one canonical encoding.

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
    """The value that `raw` encodes, if `raw` is its canonical encoding and nothing more.

    Args:
        raw: all the bytes; anything after the value is refused.
        what: the name of the record, for the error.

    Raises:
        Malformed: `raw` is not CBOR, or is nested deeper than the decoder allows. NotCanonical: `raw` is not what
            `encode` returns for its value.
    """
    value = decode_unchecked(raw, what)
    if _encode_again(value, what) != raw:
        raise NotCanonical(what)
    return value


def decode_unchecked(raw: bytes, what: str) -> Value:
    """The value in `raw`, for a caller that compares the record's canonical bytes with `raw` itself."""
    try:
        value: Value = cbor2.loads(raw)
    except Exception as error:  # the bytes may be hostile: the decoder may raise anything
        raise Malformed(f"{what} is not CBOR: {_brief(error)}") from error
    return value


def _encode_again(value: Value, what: str) -> bytes:
    try:
        return encode(value)
    except Exception as error:  # tags and simple values decode to types that `encode` does not take
        raise Malformed(f"{what} has a value that is never encoded here: {_brief(error)}") from error


def _brief(error: Exception) -> str:
    return str(error)[:120] or type(error).__name__
