"""The body of `POST /api/v1/frames`: one upload, or an array of them (docs/spec/frame-upload.md).

    body = upload | [* bstr .cbor upload]

An upload is an array too, but its first element is a COSE_Sign1, never a byte string.
"""

from __future__ import annotations

from veriwatt.encoding import byte_string_at
from veriwatt.errors import Malformed

MAX_FRAMES = 4096
MAX_BODY = 32 << 20

_ARRAY, _BYTE_STRING = 4, 2
_HEADS = dict.fromkeys(range(24), 1) | {24: 2, 25: 3}
"""Bytes of an array's head by its low five bits; no array here needs a longer one."""

_LEAST = {1: 1, 2: 24, 3: 256}
"""The smallest count that a head of so many bytes may have: every count has one spelling."""


def uploads_in(body: bytes) -> list[bytes]:
    """The uploads in a request body; they are not parsed. Time and memory are a small multiple of the body's size.

    Raises:
        Malformed: neither a frame nor an array of 1 to 4096 byte strings in its one spelling.
    """
    head = _batch_head(body)
    if head is None:
        return [body]
    count, at = head
    uploads = []
    for _ in range(count):
        start, at = byte_string_at(body, at)
        uploads.append(body[start:at])
    if at != len(body):
        raise Malformed("bytes after the last frame of the batch")
    return uploads


def _batch_head(body: bytes) -> tuple[int, int] | None:
    """How many frames a batch has, and where the first one begins; None for a single upload."""
    first = body[0] if body else 0
    size = _HEADS.get(first & 31) if first >> 5 == _ARRAY else None
    if size is None:
        raise Malformed("the body is neither a frame nor an array of frames; send CBOR")
    if len(body) > size and body[size] >> 5 != _BYTE_STRING:
        return None
    count = first & 31 if size == 1 else int.from_bytes(body[1:size], "big")
    if not 1 <= count <= MAX_FRAMES or count < _LEAST[size]:
        raise Malformed(f"a batch is an array of 1 to {MAX_FRAMES} frames in its one spelling")
    return count, size
