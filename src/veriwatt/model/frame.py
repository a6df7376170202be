"""A frame: the signed, numbered, chained batch of one terminal's readings for one window.

    upload   = [envelope, [sealed payload of each group, in order]]
    envelope = COSE_Sign1, content type "veriwatt/frame", over the header
    header   = [1, chain, org, terminal, passport version, epoch, seq, prev, start, end, collected at,
                origin, [root-log size, root-log leaf], clock, [group, ...]]
    group    = [group, definition root, spans, statuses, [replaced frame, ...], column root,
                key commitment, payload hash, plain size]

The header shows cadence, counts and the status of every slot to everyone; it never shows a value.
Values travel beside it, sealed. Spec: docs/spec/frame.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import PublicKey, Signer, verify_signature
from veriwatt.encoding import Shape, Sign1, Value, byte_string, decode, encode, protected_header
from veriwatt.encoding.cbor import decode_unchecked
from veriwatt.encoding.cose import sign1_of
from veriwatt.encoding.fields import MAX_INT
from veriwatt.errors import Malformed, NotCanonical
from veriwatt.ids import Digest, FrameId, check_name
from veriwatt.model.origin import ClockState, Origin, parse_clock, parse_origin
from veriwatt.model.statuses import Spans, check_runs
from veriwatt.units import Interval, UtcMillis

CONTENT_TYPE = "veriwatt/frame"
FIRST = FrameId(bytes(32))
"""`prev` of the first frame of a terminal."""

MAX_UPLOAD = (1 << 20) - 5
"""An upload with the head of a CBOR byte string before it fits an object, so that every frame can be anchored."""

MAX_GROUPS = 64
MAX_PLAIN = 16 << 20
"""Bounds what a sealed payload may unpack to; checked before anything is unpacked."""

MAX_LIST = 4096

_UPLOAD = Shape("frame", envelope=list, payloads=list)
_KNOWN = Shape("frame header: root log", size=int, leaf=bytes)
_SPAN = Shape("frame group: span", points=int, slots=int)
_HEADER = Shape(
    "frame header", version=int, chain=str, org=str, terminal=str, passport_version=int, epoch=int, seq=int,
    prev=bytes, start=int, end=int, collected_at=int, origin=list, root_log=list, clock=list, groups=list,
)  # fmt: skip
_GROUP = Shape(
    "frame group", group=str, definition_root=bytes, spans=list, statuses=bytes, replaces=list,
    column_root=bytes, commitment=bytes, payload_hash=bytes, plain_size=int,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FrameGroup:
    """What the header says of one group; `spans` counts each point's slots, `statuses` is run-length coded."""

    group: str
    definition_root: Digest
    spans: Spans
    statuses: bytes
    replaces: tuple[FrameId, ...]
    column_root: Digest
    commitment: Digest
    payload_hash: Digest
    plain_size: int

    def fields(self) -> list[Value]:
        return [
            self.group, self.definition_root, [list(span) for span in self.spans], self.statuses,
            list(self.replaces), self.column_root, self.commitment, self.payload_hash, self.plain_size,
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """A frame's header; (epoch, seq) numbers it, `prev` chains it to the frame before."""

    chain: str
    org: str
    terminal: str
    passport_version: int
    epoch: int
    seq: int
    prev: FrameId
    window: Interval
    collected_at: UtcMillis
    origin: Origin
    root_log_size: int
    root_log_leaf: Digest
    clock: ClockState
    groups: tuple[FrameGroup, ...]

    def to_bytes(self) -> bytes:
        """The exact bytes that are made durable before they are signed (formats 3, crash rule)."""
        return encode([
            1, self.chain, self.org, self.terminal, self.passport_version, self.epoch, self.seq, self.prev,
            self.window.start, self.window.end, self.collected_at, self.origin.fields(),
            [self.root_log_size, self.root_log_leaf], self.clock.fields(), [g.fields() for g in self.groups],
        ])  # fmt: skip

    def group(self, name: str) -> FrameGroup:
        for group in self.groups:
            if group.group == name:
                return group
        raise Malformed(f"frame {self.terminal} ({self.epoch}, {self.seq}) has no group {name!r}")


@dataclass(frozen=True, slots=True)
class Frame:
    """A parsed upload: canonical, well-formed, its payloads those of the header; the signature not yet verified."""

    header: FrameHeader
    envelope: Sign1
    frame_id: FrameId
    payloads: tuple[bytes, ...]

    def leaf_data(self) -> bytes:
        """What the data chain's leaf hashes: frame id, then SHA-256 of the signature (formats 4)."""
        return leaf_data(self.frame_id, self.envelope.signature)

    def to_bytes(self) -> bytes:
        return upload_bytes(self.envelope, self.payloads)

    def verify(self, key: PublicKey) -> None:
        """Raise BadSignature unless `key` signed this frame."""
        what = f"frame {self.header.terminal} ({self.header.epoch}, {self.header.seq})"
        verify_signature(key, self.envelope.signed_bytes(), self.envelope.signature, what)


def leaf_data(frame_id: FrameId, signature: bytes) -> bytes:
    return frame_id + sha256(signature)


def upload_bytes(envelope: Sign1, payloads: Sequence[bytes]) -> bytes:
    """The canonical upload: a frame has at most 64 groups, so the array heads take one or two bytes."""
    count = len(payloads)
    head = bytes([0x80 | count]) if count < 24 else bytes([0x98, count])
    return b"\x82" + envelope.to_bytes() + head + b"".join(map(byte_string, payloads))


def unsigned_envelope(header: bytes, key: PublicKey) -> Sign1:
    """The envelope of these header bytes under `key`, its signature still empty."""
    return Sign1(_protected(key), header, b"")


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
    signed, payloads = _UPLOAD.check(decode_unchecked(raw, "frame"))
    envelope = sign1_of(signed, "frame")
    header = parse_header(envelope.payload)
    if len(payloads) != len(header.groups) or any(type(p) is not bytes for p in payloads):
        raise Malformed(f"frame: {len(header.groups)} groups in the header, but not as many payloads beside it")
    if upload_bytes(envelope, payloads) != raw:
        raise NotCanonical("frame")
    for group, payload in zip(header.groups, payloads, strict=True):
        if sha256(payload) != group.payload_hash:
            raise Malformed(f"frame: the payload of group {group.group!r} is not the one its header hashes")
    return Frame(header, envelope, FrameId(sha256(envelope.signed_bytes())), tuple(payloads))


def parse_header(raw: bytes) -> FrameHeader:
    """The header in these canonical bytes; raises Malformed naming the field that is wrong."""
    (version, chain, org, terminal, passport_version, epoch, seq, prev, start, end, collected_at, origin,
     known, clock, groups) = _HEADER.check(decode(raw, "frame header"))  # fmt: skip
    size, leaf = _KNOWN.check(known)
    numbers = (passport_version, epoch, seq, start, end, collected_at, size)
    if version != 1 or min(numbers) < 0 or max(numbers) > MAX_INT:
        raise Malformed("frame header: unknown version, or a number out of range")
    parsed = tuple(_group(g) for g in groups[: MAX_GROUPS + 1])
    if not 1 <= len(parsed) <= MAX_GROUPS or len({g.group for g in parsed}) != len(parsed):
        raise Malformed("frame header: groups are missing, too many or named twice")
    return FrameHeader(
        check_name(chain, "frame header: chain"), check_name(org, "frame header: org"),
        check_name(terminal, "frame header: terminal"), passport_version, epoch, seq, FrameId(prev),
        Interval(start, end), collected_at, parse_origin(origin), size, Digest(leaf), parse_clock(clock), parsed,
    )  # fmt: skip


def check_protected(frame: Frame, key: PublicKey) -> None:
    """Raise Malformed unless the frame's protected header is the one that `key` signs frames with."""
    if frame.envelope.protected != _protected(key):
        raise Malformed("frame: the signature's header is not the one for frames by the passport's key")


@lru_cache(1 << 14)  # a terminal signs every frame under the same one
def _protected(key: PublicKey) -> bytes:
    return protected_header(key.suite.cose_algorithm, CONTENT_TYPE, key.key_id)


def _group(value: object) -> FrameGroup:
    group, definition_root, spans, statuses, replaces, column_root, commitment, payload_hash, plain = _GROUP.check(value)
    if not 0 <= plain <= MAX_PLAIN or len(spans) > MAX_LIST or len(replaces) > MAX_LIST:
        raise Malformed(f"frame group: a payload unpacks to at most {MAX_PLAIN} bytes, and a list holds at most {MAX_LIST}")
    pairs = tuple((points, slots) for points, slots in map(_SPAN.check, spans))
    check_runs(statuses, pairs)
    return FrameGroup(
        check_name(group, "frame group"), Digest(definition_root), pairs, statuses, tuple(map(_frame_id, replaces)),
        Digest(column_root), Digest(commitment), Digest(payload_hash), plain,
    )  # fmt: skip


def _frame_id(value: object) -> FrameId:
    if type(value) is not bytes:
        raise Malformed("frame group: a replaced frame is not named by its id")
    return FrameId(value)
