"""An upload: a frame's envelope with the sealed payloads beside it, as it is sent, chained and stored.

    upload = [envelope, [sealed payload of each group, in order]]

Most uploads of a terminal have one shape: all of the envelope up to its signature is the same but for the fixed
places of the header (docs/adr/0008-fixed-places.md). What is around those places is decoded, checked and found
canonical when a shape is first seen; the places have one spelling by their width. Spec: docs/spec/frame.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from veriwatt.encoding import Sign1, byte_string, byte_string_at, join_signed
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.frames.frame import (
    ANY_PLACE,
    MAX_GROUPS,
    PLACE_SIZE,
    SEALED_SIZE,
    Frame,
    FrameHeader,
    Place,
    Sealed,
    frame_id_of,
    parse_header,
    read_places,
    with_places,
)

MAX_UPLOAD = (1 << 20) - 5
"""An upload with the head of a CBOR byte string before it fits an object, so that every frame can be anchored."""

MAX_SHAPE = 1 << 10
"""Bytes of a shape that is remembered: whoever sends what nobody signed must not fill the memory."""

SHAPES = 1 << 12

_PLACE_HEAD, _SEALED_HEAD = bytes([0x58, PLACE_SIZE]), bytes([0x58, SEALED_SIZE])
_ONE_PAYLOAD = 0x81
_ARRAY_HEADS = tuple(bytes([0x80 | n]) if n < 24 else bytes([0x98, n]) for n in range(MAX_GROUPS + 1))


class _Headers(NamedTuple):
    """Where the protected header and the frame header lie in an upload."""

    protected: int
    protected_end: int
    start: int
    end: int


def upload_bytes(envelope: Sign1, payloads: Sequence[bytes]) -> bytes:
    """The canonical upload of a signed envelope and its payloads."""
    return b"\x82" + envelope.to_bytes() + _ARRAY_HEADS[len(payloads)] + b"".join(map(byte_string, payloads))


def leaf_of(raw: bytes) -> Digest:
    """The leaf hash of the frame in an upload, which commits to every byte of it; Malformed as `parse_frame`."""
    return leaf_hash(parse_frame(raw).leaf_data())


class Glance(NamedTuple):
    """An upload of a known shape, with no more made of it than what differs from others of its shape.

    It is as well-formed as a parsed frame, its payload is the one that its header hashes, and the signature is not yet
    verified. `prefix` is all of it before the place, `same` its header with stand-ins in the places.
    """

    upload: bytes
    prefix: bytes
    same: FrameHeader
    protected: bytes
    place: Place
    sealed: Sealed
    signature: bytes
    signed: bytes
    payload: tuple[int, int]


def parse_frame(raw: bytes) -> Frame:
    """The frame in an upload.

    Raises:
        Malformed: not one canonical frame, wrong content type, statuses that do not fill the spans,
            a payload that is not the one hashed in the header, or anything beyond a stated bound.
    """
    if len(raw) > MAX_UPLOAD:
        raise Malformed(f"a frame is at most {MAX_UPLOAD} bytes, this one has {len(raw)}")
    seen = glance(raw)
    return _of_any_shape(raw) if seen is None else _of_known_shape(seen)


def glance(raw: bytes) -> Glance | None:
    """What parses as a frame of one group whose shape is, or now becomes, known; None for any other bytes.

    Before the place stand a key id and a few names. A key id that happens to hold the head of a place leads to no
    shape, and no name can hold one.
    """
    at = raw.find(_PLACE_HEAD, 0, MAX_SHAPE) + len(_PLACE_HEAD)
    prefix = raw[:at]
    headers = _headers_after(prefix)
    if headers is None or headers.end > MAX_SHAPE or not headers.end < len(raw) <= MAX_UPLOAD:
        return None
    protected, protected_end, _, header_end = headers
    sealed_at = header_end - SEALED_SIZE
    same = _shape(prefix, raw[at + PLACE_SIZE : sealed_at])
    places = None if same is None else read_places(raw, at, sealed_at)
    if same is None or places is None:
        return None
    try:
        signature, end = byte_string_at(raw, header_end)
        payload = byte_string_at(raw, end + 1)
    except Malformed:
        return None
    place, sealed = places
    if raw[end] != _ONE_PAYLOAD or payload[1] != len(raw) or sha256(raw[payload[0] :]).digest() != sealed[3]:
        return None
    signed = join_signed(raw[2:protected_end], raw[protected_end + 1 : header_end])  # both as they stand here
    return Glance(raw, prefix, same, raw[protected:protected_end], place, sealed, raw[signature:end], signed, payload)


def _of_known_shape(seen: Glance) -> Frame:
    header = with_places(seen.same, seen.place, seen.sealed)
    signed, frame_id = seen.signed, frame_id_of(seen.signed)
    return Frame(header, seen.protected, seen.signature, signed, frame_id, seen.upload, (seen.payload,))


def _of_any_shape(raw: bytes) -> Frame:
    protected, protected_end, start, header_end = _headers(raw)
    header = parse_header(raw[start:header_end])
    signature, end = byte_string_at(raw, header_end)
    payloads = _payloads(raw, end, len(header.groups))
    for group, (first, last) in zip(header.groups, payloads, strict=True):
        if sha256(raw[first:last]).digest() != group.payload_hash:
            raise Malformed(f"frame: the payload of group {group.group!r} is not the one its header hashes")
    signed = join_signed(raw[2:protected_end], raw[protected_end + 1 : header_end])
    return Frame(header, raw[protected:protected_end], raw[signature:end], signed, frame_id_of(signed), raw, payloads)


@lru_cache(SHAPES)
def _headers_after(prefix: bytes) -> _Headers | None:
    """Where the headers lie in an upload that begins like this; None when it is none."""
    try:
        return _headers(prefix + bytes(MAX_SHAPE))  # zeros in place of the rest
    except Malformed:
        return None


@lru_cache(SHAPES)
def _shape(prefix: bytes, middle: bytes) -> FrameHeader | None:
    """The header of one group with this before and between its places, and stand-ins in them; None when it is none."""
    raw = b"".join((prefix, ANY_PLACE, middle, bytes(SEALED_SIZE)))
    try:
        headers = _headers(raw)
        header = parse_header(raw[headers.start :])
    except Malformed:
        return None
    return header if len(header.groups) == 1 and middle.endswith(_SEALED_HEAD) else None


def _headers(raw: bytes) -> _Headers:
    """Where the headers of an upload lie.

    Read by hand, as everything in an upload is a byte string: decoding all of it only to encode it again and compare
    would copy each payload twice.
    """
    if raw[:2] != b"\x82\x84":
        raise Malformed("frame: not an upload of an envelope and payloads")
    protected, end = byte_string_at(raw, 2)
    if raw[end : end + 1] != b"\xa0":
        raise Malformed("frame: the envelope's unprotected header is not an empty map")
    return _Headers(protected, end, *byte_string_at(raw, end + 1))


def _payloads(raw: bytes, at: int, count: int) -> tuple[tuple[int, int], ...]:
    """Where the `count` payloads lie that begin at `at` and end the upload."""
    head = _ARRAY_HEADS[count]
    if not raw.startswith(head, at):
        raise Malformed(f"frame: {count} groups in the header, but not as many payloads beside it")
    end, places = at + len(head), []
    for _ in range(count):
        place = byte_string_at(raw, end)
        places.append(place)
        end = place[1]
    if end != len(raw):
        raise Malformed("frame: bytes after the last payload")
    return tuple(places)
