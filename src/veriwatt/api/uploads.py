"""The body of `POST /api/v1/frames`: one upload, or an array of them (docs/spec/frame-upload.md).

    body = upload | [* bstr .cbor upload]

An upload is an array too, but its first element is a COSE_Sign1, never a byte string.
"""

from __future__ import annotations

from veriwatt.encoding import decode
from veriwatt.errors import Malformed

MAX_FRAMES = 4096
MAX_BODY = 32 << 20

_ARRAY, _BYTE_STRING = 4, 2
_HEADS = dict.fromkeys(range(24), 1) | {24: 2, 25: 3}
"""Bytes of an array's head by its low five bits; no array here needs a longer one."""


def uploads_in(body: bytes) -> list[bytes]:
    """The uploads in a request body; they are not parsed.

    Raises:
        Malformed: neither a frame nor an array of 1 to 4096 byte strings in its one spelling.
    """
    if not _is_batch(body):
        return [body]
    items = decode(body, "batch of frames")
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_FRAMES:
        raise Malformed(f"a batch is an array of 1 to {MAX_FRAMES} frames")
    uploads = [item for item in items if isinstance(item, bytes)]
    if len(uploads) != len(items):
        raise Malformed("a batch is an array of byte strings, each one frame")
    return uploads


def _is_batch(body: bytes) -> bool:
    head = _HEADS.get(body[0] & 31) if body and body[0] >> 5 == _ARRAY else None
    if head is None:
        raise Malformed("the body is neither a frame nor an array of frames; send CBOR")
    return len(body) <= head or body[head] >> 5 == _BYTE_STRING
