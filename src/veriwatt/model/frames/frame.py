"""A frame: the signed, numbered, chained batch of one terminal's readings for one window.

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

from functools import lru_cache
from hashlib import sha256
from struct import Struct
from typing import NamedTuple, TypeAlias

from veriwatt.crypto.signing import PublicKey, Signer, verify_signature
from veriwatt.crypto.suites.suite import Suite
from veriwatt.encoding import Shape, Sign1, Value, decode, encode, protected_header
from veriwatt.encoding.fields import MAX_INT
from veriwatt.errors import Malformed
from veriwatt.ids import FrameId, check_name, of_fixed_length
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.frames.origin import ClockState, Origin, parse_origin
from veriwatt.model.frames.statuses import Spans, read_spans, spans_bytes
from veriwatt.units import Interval, UtcMillis

CONTENT_TYPE = "veriwatt/frame"
MAX_GROUPS = 64
MAX_PLAIN = 16 << 20
"""Bounds what a sealed payload may unpack to; checked before anything is unpacked."""

MAX_REPLACED = 4096
MAX_SOURCE = 32
"""Characters of the name of a clock."""

_HEADER = Shape(
    "frame header",
    version=int,
    chain=str,
    org=str,
    terminal=str,
    place=bytes,
    origin=list,
    clock_source=str,
    groups=list,
)
_GROUP = Shape("frame group", group=str, spans=bytes, statuses=bytes, replaces=bytes, sealed=bytes)
_PLACE = Struct(">QQQ32sQQQQ32sqQ")
_SEALED = Struct(">32s32s32s32sI")
Place: TypeAlias = tuple[int, int, int, bytes, int, int, int, int, bytes, int, int]
Sealed: TypeAlias = tuple[bytes, bytes, bytes, bytes, int]
PLACE_SIZE, SEALED_SIZE = _PLACE.size, _SEALED.size
ANY_PLACE = _PLACE.pack(0, 0, 0, bytes(32), 0, 1, 0, 0, bytes(32), 0, 0)
"""A well-formed place, where any will do."""


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
    """A frame's header; `prev` (32 bytes) chains it to the frame before."""

    chain: str
    org: str
    terminal: str
    passport_version: int
    number: FrameNumber
    prev: bytes
    window: Interval
    collected_at: UtcMillis
    origin: Origin
    root_log_size: int
    root_log_leaf: bytes
    clock: ClockState
    groups: tuple[FrameGroup, ...]

    def to_bytes(self) -> bytes:
        """The exact bytes that are made durable before they are signed."""
        place = _PLACE.pack(
            self.passport_version,
            *self.number,
            self.prev,
            self.window.start,
            self.window.end,
            self.collected_at,
            self.root_log_size,
            self.root_log_leaf,
            self.clock.offset,
            self.clock.uncertainty,
        )
        return encode(
            [
                1,
                self.chain,
                self.org,
                self.terminal,
                place,
                self.origin.fields(),
                self.clock.source,
                [g.fields() for g in self.groups],
            ]
        )

    def group(self, name: str) -> FrameGroup:
        for group in self.groups:
            if group.group == name:
                return group
        raise Malformed(f"frame {self.terminal} {self.number} has no group {name!r}")


class Frame(NamedTuple):
    """A parsed upload: canonical, well-formed, its payloads those of the header; the signature not yet verified.

    `protected` is its signature's header, `signed` are the signed bytes, `frame_id` is their hash, and `places` say
    where each payload lies in `upload`.
    """

    header: FrameHeader
    protected: bytes
    signature: bytes
    signed: bytes
    frame_id: FrameId
    upload: bytes
    places: tuple[tuple[int, int], ...]

    @property
    def ref(self) -> FrameRef:
        return FrameRef(self.header.terminal, self.header.number, self.frame_id)

    @property
    def envelope(self) -> Sign1:
        return Sign1(self.protected, self.header.to_bytes(), self.signature)

    @property
    def payloads(self) -> tuple[bytes, ...]:
        """The sealed payload of each group, in the header's order."""
        return tuple(self.upload[start:end] for start, end in self.places)

    def leaf_data(self) -> bytes:
        """What the data chain's leaf hashes: frame id, then SHA-256 of the signature."""
        return leaf_data(self.frame_id, self.signature)

    def verify(self, key: PublicKey) -> None:
        """Raise BadSignature unless `key` signed this frame."""
        verify_signature(key, self.signed, self.signature, "a frame")


def frame_id_of(signed: bytes) -> FrameId:
    """The id of the frame with these signed bytes."""
    return of_fixed_length(FrameId, sha256(signed).digest())


def leaf_data(frame_id: FrameId, signature: bytes) -> bytes:
    return frame_id + sha256(signature).digest()


def unsigned_envelope(header: bytes, key: PublicKey) -> Sign1:
    """The envelope of these header bytes under `key`, its signature still empty."""
    return Sign1(_protected(key.suite, key.raw), header, b"")


def sign_header(header: bytes, signer: Signer) -> Sign1:
    """The signed envelope of durable header bytes; signing the same bytes again is harmless."""
    unsigned = unsigned_envelope(header, signer.public)
    return Sign1(unsigned.protected, header, signer.sign(unsigned.signed_bytes()))


def parse_header(raw: bytes) -> FrameHeader:
    """The header in these canonical bytes; raises Malformed naming the field that is wrong."""
    _, chain, org, terminal, place, origin, source, groups = _HEADER.check(decode(raw, "frame header"))
    if len(place) != _PLACE.size or len(source) > MAX_SOURCE:
        raise Malformed("frame header: place or clock source of a wrong length")
    passport, epoch, seq, prev, start, end, collected_at, size, leaf, offset, uncertainty = _PLACE.unpack(place)
    if max(passport, epoch, seq, end, collected_at, size, uncertainty) > MAX_INT:
        raise Malformed("frame header: a number out of range")
    parsed = tuple(map(_group, groups[: MAX_GROUPS + 1]))
    if not 1 <= len(parsed) <= MAX_GROUPS or (len(parsed) > 1 and len({g.group for g in parsed}) != len(parsed)):
        raise Malformed("frame header: groups are missing, too many or named twice")
    return FrameHeader(
        check_name(chain, "frame header: chain"),
        check_name(org, "frame header: org"),
        check_name(terminal, "frame header: terminal"),
        passport,
        FrameNumber(epoch, seq),
        prev,
        Interval(start, end),
        collected_at,
        parse_origin(origin),
        size,
        leaf,
        ClockState(source, offset, uncertainty),
        parsed,
    )


def read_places(raw: bytes, place: int, sealed: int) -> tuple[Place, Sealed] | None:
    """What stands in the fixed places of a header of one group, which begin at these bytes of `raw`.

    None when a number is out of range, the window is empty, or the payload unpacks to too much.
    """
    numbers: Place = _PLACE.unpack_from(raw, place)
    passport, epoch, seq, _, start, end, collected_at, size, _, _, uncertainty = numbers
    digests: Sealed = _SEALED.unpack_from(raw, sealed)
    beyond = (passport | epoch | seq | end | collected_at | size | uncertainty) > MAX_INT  # which has every bit below
    return None if beyond or start >= end or digests[4] > MAX_PLAIN else (numbers, digests)


def with_places(same: FrameHeader, place: Place, sealed: Sealed) -> FrameHeader:
    """The header of one group that differs from `same` only in its fixed places."""
    passport, epoch, seq, prev, start, end, collected_at, size, leaf, offset, uncertainty = place
    (group,) = same.groups
    definition_root, column_root, commitment, payload_hash, plain_size = sealed
    filled = FrameGroup(
        group.group,
        definition_root,
        group.spans,
        group.statuses,
        group.replaces,
        column_root,
        commitment,
        payload_hash,
        plain_size,
    )
    return FrameHeader(
        same.chain,
        same.org,
        same.terminal,
        passport,
        FrameNumber(epoch, seq),
        prev,
        Interval(start, end),
        collected_at,
        same.origin,
        size,
        leaf,
        ClockState(same.clock.source, offset, uncertainty),
        (filled,),
    )


def is_protected_by(protected: bytes, key: PublicKey) -> bool:
    """Whether this protected header is the one that `key` signs frames with."""
    return protected == _protected(key.suite, key.raw)


def check_protected(protected: bytes, key: PublicKey) -> None:
    """Raise Malformed unless this protected header is the one that `key` signs frames with."""
    if not is_protected_by(protected, key):
        raise Malformed("frame: the signature's header is not the one for frames by the passport's key")


@lru_cache(1 << 14)  # a terminal signs every frame under the same one
def _protected(suite: Suite, raw: bytes) -> bytes:
    return protected_header(suite.cose_algorithm, CONTENT_TYPE, PublicKey(suite, raw).key_id)


def _group(value: object) -> FrameGroup:
    group, coded, statuses, replaces, sealed = _GROUP.check(value)
    if len(sealed) != _SEALED.size or len(replaces) % FrameId.LENGTH or len(replaces) > MAX_REPLACED * FrameId.LENGTH:
        raise Malformed("frame group: what is sealed, or the replaced frames, have an impossible length")
    definition_root, column_root, commitment, payload_hash, plain_size = _SEALED.unpack(sealed)
    if plain_size > MAX_PLAIN:
        raise Malformed(f"frame group: a payload unpacks to at most {MAX_PLAIN} bytes")
    spans = read_spans(statuses, coded)
    return FrameGroup(
        check_name(group, "frame group"),
        definition_root,
        spans,
        statuses,
        _frame_ids(replaces) if replaces else (),
        column_root,
        commitment,
        payload_hash,
        plain_size,
    )


def _frame_ids(raw: bytes) -> tuple[FrameId, ...]:
    return tuple(FrameId(raw[at : at + FrameId.LENGTH]) for at in range(0, len(raw), FrameId.LENGTH))
