"""Deterministic CBOR (RFC 8949, 4.2): each value has one canonical encoding.

Records are arrays of integers, byte strings, texts, booleans, null and further arrays. Maps occur
only inside COSE; floats, tags and integers beyond 64 bits never occur, and the field readers of
`encoding.fields` refuse them where a record is parsed. Spec: docs/spec/encoding.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cbor2

from veriwatt.encoding.shape import check_shape
from veriwatt.errors import Malformed, NotCanonical

_STRINGS = (2, 3)
_ARGUMENT_BYTES = {24: 1, 25: 2, 26: 4, 27: 8}
"""Bytes after a head, by its low five bits."""

Value: TypeAlias = "int | bytes | str | bool | None | Sequence[Value]"


def encode(value: Value) -> bytes:
    """The canonical bytes of `value`; raises TypeError for a type that is no CBOR value."""
    encoded: bytes = cbor2.dumps(value, canonical=True)
    return encoded


def decode(raw: bytes, what: str = "the value", most_items: int | None = None) -> Value:
    """The value that `raw` encodes, if `raw` is its canonical encoding and nothing more.

    Args:
        raw: all the bytes; anything after the value is refused.
        what: the name of the record, for the error.
        most_items: of strangers' bytes, the most items that they may have; they are counted before anything is built.

    Raises:
        Malformed: `raw` has more items, is not CBOR, or does not have the shape of a record (`encoding.shape`).
        NotCanonical: `raw` is not what `encode` returns for its value.
    """
    if most_items is not None and len(raw) > most_items:
        _check_items(raw, what, most_items)
    value = decode_unchecked(raw, what)
    if _encode_again(value, what) != raw:
        raise NotCanonical(what)
    return value


def decode_unchecked(raw: bytes, what: str) -> Value:
    """The value in `raw`, for a caller that compares the record's canonical bytes with `raw` itself.

    What is built takes at most a small multiple of the bytes of `raw`.
    """
    check_shape(raw, what)
    try:
        value: Value = cbor2.loads(raw)
    except Exception as error:  # the bytes may be hostile: the decoder may raise anything
        raise Malformed(f"{what} is not CBOR: {_brief(error)}") from error
    return value


def short_text_at(raw: bytes, at: int) -> tuple[str, int] | None:
    """The text of at most 255 bytes whose canonical encoding begins at `at`, and where it ends; None for all else."""
    head = raw[at : at + 2]
    if len(head) == 2 and head[0] == 0x78 and head[1] > 23:
        start, length = at + 2, head[1]
    elif head and 0x60 <= head[0] < 0x78:
        start, length = at + 1, head[0] - 0x60
    else:
        return None
    end = start + length
    try:
        return (raw[start:end].decode(), end) if end <= len(raw) else None
    except UnicodeDecodeError:
        return None


def _check_items(raw: bytes, what: str, most: int) -> None:
    """Raise Malformed if there are more items, each with a head of a byte or more; a string's content has no heads."""
    at = items = 0
    while at < len(raw):
        major, low = raw[at] >> 5, raw[at] & 31
        more = _ARGUMENT_BYTES.get(low, 0)
        argument = int.from_bytes(raw[at + 1 : at + 1 + more], "big") if more else low
        at += 1 + more + (argument if major in _STRINGS else 0)
        items += 1
        if items > most:
            raise Malformed(f"{what} has more than {most} items")


def _encode_again(value: Value, what: str) -> bytes:
    try:
        return encode(value)
    except Exception as error:  # tags and simple values decode to types that `encode` does not take
        raise Malformed(f"{what} has a value that is never encoded here: {_brief(error)}") from error


def _brief(error: Exception) -> str:
    return str(error)[:120] or type(error).__name__
