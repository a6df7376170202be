"""The body of `POST /api/v1/frames`: one upload, or an array of them (docs/spec/frame-upload.md).

    body = upload | [* bstr .cbor upload]

An upload is an array too, but its first element is a COSE_Sign1, never a byte string.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from veriwatt.encoding import byte_string_at
from veriwatt.errors import Malformed

MAX_FRAMES = 4096
MAX_BODY = 32 << 20

_ARRAY, _BYTE_STRING = 4, 2
_HEADS = dict.fromkeys(range(24), 1) | {24: 2, 25: 3}
"""Bytes of an array's head by its low five bits; no array here needs a longer one."""

_NEVER = 1 << 62
_LONGEST_HEAD = 4
"""Bytes that tell a batch, and its count, from a single upload."""

_LEAST = {1: 1, 2: 24, 3: 256}
"""The smallest count that a head of so many bytes may have: every count has one spelling."""


_STRING_HEADS = {0x58: 2, 0x59: 3, 0x5A: 5}
"""Bytes of a byte string's head by its first one; every other head is one byte."""


async def read_uploads(stream: AsyncIterator[bytes]) -> list[bytes]:
    """As `uploads_in`, for a body that arrives in pieces: it is in memory once, and what is wrong ends it at once."""
    first, reader = b"", None
    async for piece in stream:
        if reader is None and not first:
            first = piece
        elif piece:
            if reader is None:
                reader = _Reader()
                reader.feed(first)
                first = b""
            reader.feed(piece)
    return uploads_in(first) if reader is None else reader.finish()


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


class _Reader:
    """The uploads of a body of several pieces, each cut out when it is whole."""

    def __init__(self) -> None:
        self._pieces, self._size, self._needed = list[bytes](), 0, _LONGEST_HEAD
        self._found: list[bytes] = []
        self._left: int | None = None

    def feed(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size < self._needed:
            return
        raw, at = b"".join(self._pieces), 0
        if self._left is None:
            head = _batch_head(raw)
            if head is None:
                self._needed = _NEVER
                return
            self._left, at = head
        at = self._cut(raw, at)
        self._pieces, self._size = [raw[at:]], len(raw) - at
        if not self._left and self._size:
            raise Malformed("bytes after the last frame of the batch")

    def finish(self) -> list[bytes]:
        if self._left is None:
            return uploads_in(b"".join(self._pieces))
        if self._left:
            byte_string_at(b"".join(self._pieces), 0)  # raises: it is incomplete
        return self._found

    def _cut(self, raw: bytes, at: int) -> int:
        """Cut out the uploads that are whole; returns where the first one begins that is not."""
        assert self._left is not None
        self._needed = 1
        try:
            for _ in range(self._left):
                start, end = byte_string_at(raw, at)
                self._found.append(raw[start:end])
                at, self._left = end, self._left - 1
        except Malformed:
            self._needed = _size_at(raw, at)
            if len(raw) - at >= self._needed:  # it is all there
                raise
        return at


def _size_at(raw: bytes, at: int) -> int:
    """The bytes of the byte string at `at`, as far as they are known; at least one more than are there of its head."""
    here = len(raw) - at
    size = _STRING_HEADS.get(raw[at], 1) if here else 1
    if here < size:
        return size
    return size + (int.from_bytes(raw[at + 1 : at + size], "big") if size > 1 else (raw[at] - 0x40) % 0x18)
