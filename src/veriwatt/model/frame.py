"""A frame: the signed, numbered, chained batch of one terminal's readings for one window.

    upload   = [envelope, [sealed payload of each group, in order]]
    envelope = COSE_Sign1, content type "veriwatt/frame", over the header
    header   = [1, chain, org, terminal, place: bstr, origin, clock source, [group, ...]]
    place    = passport version 8, epoch 8, seq 8, prev 32, start 8, end 8, collected at 8,
               root-log size 8, root-log leaf 32, clock offset 8 (signed), clock uncertainty 8
    group    = [group, spans: bstr, statuses: bstr, replaced frames: bstr of 32 each, sealed: bstr]
    sealed   = definition root 32, column root 32, key commitment 32, payload hash 32, plain size 4

Numbers and digests stand big-endian in fixed places: they have one spelling by their width, and a log
host checks thousands of headers a second (docs/adr/0008-fixed-places.md). The header shows cadence, counts and
the status of every slot to everyone; it never shows a value. Values travel beside it, sealed.
Spec: docs/spec/frame.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import sha256 as sha256_of
from struct import Struct
from typing import NamedTuple

from veriwatt.crypto.signing import PublicKey, Signer, Suite, verify_signature
from veriwatt.encoding import (
    Shape,
    Sign1,
    Value,
    byte_string,
    byte_string_at,
    decode,
    encode,
    protected_header,
)
from veriwatt.encoding.fields import MAX_INT
from veriwatt.errors import Malformed
from veriwatt.ids import FrameId, check_name, of_fixed_length
from veriwatt.model.origin import ClockState, Origin, parse_origin
from veriwatt.model.statuses import Spans, read_spans, spans_bytes
from veriwatt.units import Interval, UtcMillis

CONTENT_TYPE = "veriwatt/frame"
FIRST = FrameId(bytes(32))
"""`prev` of the first frame of a terminal."""

MAX_UPLOAD = (1 << 20) - 5
"""An upload with the head of a CBOR byte string before it fits an object, so that every frame can be anchored."""

MAX_GROUPS = 64
MAX_PLAIN = 16 << 20
"""Bounds what a sealed payload may unpack to; checked before anything is unpacked."""

MAX_REPLACED = 4096
MAX_SOURCE = 32
"""Characters of the name of a clock."""

_HEADER = Shape(
    "frame header", version=int, chain=str, org=str, terminal=str, place=bytes, origin=list, clock_source=str,
    groups=list,
)  # fmt: skip
_GROUP = Shape("frame group", group=str, spans=bytes, statuses=bytes, replaces=bytes, sealed=bytes)
_PLACE = Struct(">QQQ32sQQQQ32sqQ")
_SEALED = Struct(">32s32s32s32sI")
_PLACE_HEAD, _SEALED_HEAD = bytes([0x58, _PLACE.size]), bytes([0x58, _SEALED.size])
_ANY_PLACE = _PLACE.pack(0, 0, 0, bytes(32), 0, 1, 0, 0, bytes(32), 0, 0)
_ANY_SEALED = bytes(_SEALED.size)


class FrameGroup(NamedTuple):
    """What the header says of one group; `spans` counts each point's slots, `statuses` is run-length coded.

    Roots, commitment and hash are 32 bytes each: the layout fixes it.
    """

    group: str
    definition_root: bytes
    spans: Spans
    statuses: bytes
    replaces: tuple[FrameId, ...]
    column_root: bytes
    commitment: bytes
    payload_hash: bytes
    plain_size: int

    def fields(self) -> list[Value]:
        sealed = (self.definition_root, self.column_root, self.commitment, self.payload_hash, self.plain_size)
        return [self.group, spans_bytes(self.spans), self.statuses, b"".join(self.replaces), _SEALED.pack(*sealed)]


class FrameHeader(NamedTuple):
    """A frame's header; (epoch, seq) numbers it, `prev` (32 bytes) chains it to the frame before."""

    chain: str
    org: str
    terminal: str
    passport_version: int
    epoch: int
    seq: int
    prev: bytes
    window: Interval
    collected_at: UtcMillis
    origin: Origin
    root_log_size: int
    root_log_leaf: bytes
    clock: ClockState
    groups: tuple[FrameGroup, ...]

    def to_bytes(self) -> bytes:
        """The exact bytes that are made durable before they are signed (formats 3, crash rule)."""
        place = _PLACE.pack(
            self.passport_version, self.epoch, self.seq, self.prev, self.window.start, self.window.end,
            self.collected_at, self.root_log_size, self.root_log_leaf, self.clock.offset, self.clock.uncertainty,
        )  # fmt: skip
        return encode([
            1, self.chain, self.org, self.terminal, place, self.origin.fields(), self.clock.source,
            [g.fields() for g in self.groups],
        ])  # fmt: skip

    def group(self, name: str) -> FrameGroup:
        for group in self.groups:
            if group.group == name:
                return group
        raise Malformed(f"frame {self.terminal} ({self.epoch}, {self.seq}) has no group {name!r}")


class Frame(NamedTuple):
    """A parsed upload: canonical, well-formed, its payloads those of the header; the signature not yet verified.

    `signed` are the signed bytes, `frame_id` their hash, `places` where each payload lies in `upload`.
    """

    header: FrameHeader
    envelope: Sign1
    signed: bytes
    frame_id: FrameId
    upload: bytes
    places: tuple[tuple[int, int], ...]

    @property
    def payloads(self) -> tuple[bytes, ...]:
        """The sealed payload of each group, in the header's order."""
        return tuple(self.upload[start:end] for start, end in self.places)

    def leaf_data(self) -> bytes:
        """What the data chain's leaf hashes: frame id, then SHA-256 of the signature (formats 4)."""
        return leaf_data(self.frame_id, self.envelope.signature)

    def verify(self, key: PublicKey) -> None:
        """Raise BadSignature unless `key` signed this frame."""
        verify_signature(key, self.signed, self.envelope.signature, "a frame")


def leaf_data(frame_id: FrameId, signature: bytes) -> bytes:
    return frame_id + sha256_of(signature).digest()


def upload_bytes(envelope: Sign1, payloads: Sequence[bytes]) -> bytes:
    """The canonical upload of a signed envelope and its payloads."""
    return b"\x82" + envelope.to_bytes() + _array_head(len(payloads)) + b"".join(map(byte_string, payloads))


def unsigned_envelope(header: bytes, key: PublicKey) -> Sign1:
    """The envelope of these header bytes under `key`, its signature still empty."""
    return Sign1(_protected(key.suite.value, key.raw), header, b"")


def sign_header(header: bytes, signer: Signer) -> Sign1:
    """The signed envelope of durable header bytes; signing the same bytes again is harmless."""
    unsigned = unsigned_envelope(header, signer.public)
    return Sign1(unsigned.protected, header, signer.sign(unsigned.signed_bytes()))


def parse_frame(raw: bytes) -> Frame:
    """The frame in an upload.

    Raises:
        Malformed: not one canonical frame, wrong content type, statuses that do not fill the spans,
            a payload that is not the one hashed in the header, or anything beyond a stated bound.
    """
    if len(raw) > MAX_UPLOAD:
        raise Malformed(f"a frame is at most {MAX_UPLOAD} bytes, this one has {len(raw)}")
    envelope, at = _read_envelope(raw)
    header = parse_header(envelope.payload)
    places = tuple(_places(raw, at, len(header.groups)))
    view = memoryview(raw)
    for group, (start, end) in zip(header.groups, places, strict=True):
        if sha256_of(view[start:end]).digest() != group.payload_hash:
            raise Malformed(f"frame: the payload of group {group.group!r} is not the one its header hashes")
    signed = envelope.signed_bytes()
    return Frame(header, envelope, signed, of_fixed_length(FrameId, sha256_of(signed).digest()), raw, places)


def parse_header(raw: bytes) -> FrameHeader:
    """The header in these canonical bytes; raises Malformed naming the field that is wrong.

    Most headers of a terminal differ only in their fixed places. What is left when those are cut out was decoded,
    checked and found canonical when it was first seen; the places have one spelling by their width.
    """
    at = raw.find(_PLACE_HEAD) + len(_PLACE_HEAD)
    sealed_at = len(raw) - _SEALED.size
    if at < len(_PLACE_HEAD) or not at + _PLACE.size < sealed_at or raw[sealed_at - 2 : sealed_at] != _SEALED_HEAD:
        return _parse_header(raw)
    same = _seen_header(raw[:at] + _ANY_PLACE + raw[at + _PLACE.size : sealed_at] + _ANY_SEALED)
    if same is None or len(same.groups) != 1:
        return _parse_header(raw)
    passport, epoch, seq, prev, start, end, collected_at, size, leaf, offset, uncertainty = _PLACE.unpack_from(raw, at)
    _check_range(passport, epoch, seq, end, collected_at, size, uncertainty)
    (group,) = same.groups
    definition_root, column_root, commitment, payload_hash, plain_size = _SEALED.unpack_from(raw, sealed_at)
    _check_plain(plain_size)
    sealed = FrameGroup(
        group.group, definition_root, group.spans, group.statuses, group.replaces, column_root, commitment,
        payload_hash, plain_size,
    )  # fmt: skip
    return FrameHeader(
        same.chain, same.org, same.terminal, passport, epoch, seq, prev, _window(start, end), collected_at,
        same.origin, size, leaf, ClockState(same.clock.source, offset, uncertainty), (sealed,),
    )  # fmt: skip


@lru_cache(1 << 12)
def _seen_header(skeleton: bytes) -> FrameHeader | None:
    """The header with stand-ins in its fixed places; None when it is none, and then the header itself says why."""
    try:
        return _parse_header(skeleton)
    except Malformed:
        return None


_window = lru_cache(1 << 12)(Interval)  # the terminals of an org frame the same windows


def _check_range(*numbers: int) -> None:
    if max(numbers) > MAX_INT:
        raise Malformed("frame header: a number out of range")


def _check_plain(size: int) -> None:
    if size > MAX_PLAIN:
        raise Malformed(f"frame group: a payload unpacks to at most {MAX_PLAIN} bytes")


def _parse_header(raw: bytes) -> FrameHeader:
    version, chain, org, terminal, place, origin, source, groups = _HEADER.check(decode(raw, "frame header"))
    if version != 1 or len(place) != _PLACE.size or len(source) > MAX_SOURCE:
        raise Malformed("frame header: unknown version, or place or clock source of a wrong length")
    passport, epoch, seq, prev, start, end, collected_at, size, leaf, offset, uncertainty = _PLACE.unpack(place)
    _check_range(passport, epoch, seq, end, collected_at, size, uncertainty)
    parsed = tuple(map(_group, groups[: MAX_GROUPS + 1]))
    if not 1 <= len(parsed) <= MAX_GROUPS or (len(parsed) > 1 and len({g.group for g in parsed}) != len(parsed)):
        raise Malformed("frame header: groups are missing, too many or named twice")
    return FrameHeader(
        check_name(chain, "frame header: chain"), check_name(org, "frame header: org"),
        check_name(terminal, "frame header: terminal"), passport, epoch, seq, prev, Interval(start, end),
        collected_at, parse_origin(origin), size, leaf, ClockState(source, offset, uncertainty), parsed,
    )  # fmt: skip


def check_protected(frame: Frame, key: PublicKey) -> None:
    """Raise Malformed unless the frame's protected header is the one that `key` signs frames with."""
    if frame.envelope.protected != _protected(key.suite.value, key.raw):
        raise Malformed("frame: the signature's header is not the one for frames by the passport's key")


@lru_cache(1 << 14)  # a terminal signs every frame under the same one
def _protected(suite: int, raw: bytes) -> bytes:
    key = PublicKey(Suite(suite), raw)
    return protected_header(key.suite.cose_algorithm, CONTENT_TYPE, key.key_id)


def _group(value: object) -> FrameGroup:
    group, coded, statuses, replaces, sealed = _GROUP.check(value)
    if len(sealed) != _SEALED.size or len(replaces) % FrameId.LENGTH or len(replaces) > MAX_REPLACED * FrameId.LENGTH:
        raise Malformed("frame group: what is sealed, or the replaced frames, have an impossible length")
    definition_root, column_root, commitment, payload_hash, plain_size = _SEALED.unpack(sealed)
    _check_plain(plain_size)
    spans = read_spans(statuses, coded)
    return FrameGroup(
        check_name(group, "frame group"), definition_root, spans, statuses,
        _frame_ids(replaces) if replaces else (), column_root, commitment, payload_hash, plain_size,
    )  # fmt: skip


def _frame_ids(raw: bytes) -> tuple[FrameId, ...]:
    return tuple(FrameId(raw[at : at + FrameId.LENGTH]) for at in range(0, len(raw), FrameId.LENGTH))


def _read_envelope(raw: bytes) -> tuple[Sign1, int]:
    """The envelope with which an upload begins, and the byte after it.

    Read by hand, as everything in an upload is a byte string: decoding all of it only to encode it again and compare
    would copy each payload twice.
    """
    if raw[:2] != b"\x82\x84":
        raise Malformed("frame: not an upload of an envelope and payloads")
    start, end = byte_string_at(raw, 2)
    if raw[end : end + 1] != b"\xa0":
        raise Malformed("frame: the envelope's unprotected header is not an empty map")
    header_start, header_end = byte_string_at(raw, end + 1)
    signature_start, at = byte_string_at(raw, header_end)
    return Sign1(raw[start:end], raw[header_start:header_end], raw[signature_start:at]), at


def _places(raw: bytes, at: int, count: int) -> Iterator[tuple[int, int]]:
    """Where the `count` payloads lie that begin at `at` and end the upload."""
    head = _array_head(count)
    if raw[at : at + len(head)] != head:
        raise Malformed(f"frame: {count} groups in the header, but not as many payloads beside it")
    at += len(head)
    for _ in range(count):
        start, at = byte_string_at(raw, at)
        yield start, at
    if at != len(raw):
        raise Malformed("frame: bytes after the last payload")


def _array_head(count: int) -> bytes:
    """The head of an array of at most 64 members."""
    return bytes([0x80 | count]) if count < 24 else bytes([0x98, count])
