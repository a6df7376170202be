"""A frame: the signed, numbered, chained batch of one terminal's readings for one window, as it is sent and stored.

    upload   = [envelope, [sealed payload of each group, in order]]
    envelope = COSE_Sign1, content type "veriwatt/frame", over the header

`Frame` is a view over an upload: where its parts lie, what stands in the header's fixed places, and the template
around them. Whatever else is asked for is made of these when it is asked for. Most uploads of a terminal have one
template, so that is decoded, checked and found canonical once and cached; the places have one spelling by their
width (docs/adr/0008-fixed-places.md). Spec: docs/spec/frame.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from veriwatt.encoding import Sign1, byte_string, byte_string_at, join_signed
from veriwatt.errors import Malformed
from veriwatt.ids import Digest, FrameId
from veriwatt.model.frames.header import (
    ANY_PLACE,
    MAX_GROUPS,
    PLACE_SIZE,
    SEALED_SIZE,
    FrameHeader,
    HeaderTemplate,
    Place,
    Sealed,
    join_header,
    read_header,
    read_place,
    read_sealed,
)
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.frames.signing import chain_leaf, frame_id_of
from veriwatt.units import UtcMillis

MAX_UPLOAD = (1 << 20) - 5
"""An upload with the head of a CBOR byte string before it fits an object, so that every frame can be anchored."""

MAX_CACHED_HEADER = 1 << 10
"""Bytes up to the end of a header whose template is cached: whoever sends what nobody signed must not fill memory."""

TEMPLATES = 1 << 12

_PLACE_HEAD, _SEALED_HEAD = bytes([0x58, PLACE_SIZE]), bytes([0x58, SEALED_SIZE])
_ARRAY_HEADS = tuple(bytes([0x80 | n]) if n < 24 else bytes([0x98, n]) for n in range(MAX_GROUPS + 1))


class _Layout(NamedTuple):
    """Where the protected header and the frame header lie in an upload."""

    protected: int
    protected_end: int
    start: int
    end: int


class Frame:
    """One well-formed frame in its upload; the signature is not yet verified. Equal to any other view of these bytes.

    `template`, `place` and `sealed` are the header in parts; `header` is the same as one record.
    """

    _header: FrameHeader | None = None
    _signed: bytes | None = None
    _frame_id: FrameId | None = None
    _leaf: Digest | None = None
    _ref: FrameRef | None = None

    def __init__(  # `parse_frame` and `frame_with_digests` call it
        self,
        upload: bytes,
        layout: _Layout,
        template: HeaderTemplate,
        place: Place,
        sealed: tuple[Sealed, ...],
        signature: tuple[int, int],
        payloads: tuple[tuple[int, int], ...],
    ) -> None:
        self.upload, self.template, self.place, self.sealed = upload, template, place, sealed
        self.number = FrameNumber(place.epoch, place.seq)
        self._layout, self._signature, self._payloads = layout, signature, payloads

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frame) and self.upload == other.upload

    __hash__ = None  # type: ignore[assignment] # a frame is found by its id or its position

    @property
    def chain(self) -> str:
        return self.template.chain

    @property
    def org(self) -> str:
        return self.template.org

    @property
    def terminal(self) -> str:
        return self.template.terminal

    @property
    def ref(self) -> FrameRef:
        if self._ref is None:
            self._ref = FrameRef(self.template.terminal, self.number, self.frame_id)
        return self._ref

    @property
    def collected_at(self) -> UtcMillis:
        return self.place.collected_at

    @property
    def header(self) -> FrameHeader:
        if self._header is None:
            self._header = join_header(self.template, self.place, self.sealed)
        return self._header

    @property
    def protected(self) -> bytes:
        """The protected header of the signature."""
        return self.upload[self._layout.protected : self._layout.protected_end]

    @property
    def signature(self) -> bytes:
        start, end = self._signature
        return self.upload[start:end]

    @property
    def signed(self) -> bytes:
        """The signed bytes."""
        if self._signed is None:
            upload, (_, protected_end, _, end) = self.upload, self._layout
            self._signed = join_signed(upload[2:protected_end], upload[protected_end + 1 : end])  # as they stand here
        return self._signed

    @property
    def frame_id(self) -> FrameId:
        if self._frame_id is None:
            self._frame_id = frame_id_of(self.signed)
            self._signed = None  # the chain's tail holds many frames
        return self._frame_id

    @property
    def leaf(self) -> Digest:
        """What the data chain has at the frame's position; it commits to every byte of the upload."""
        if self._leaf is None:
            self._leaf = chain_leaf(self.frame_id, self.signature)
        return self._leaf

    @property
    def envelope(self) -> Sign1:
        return Sign1(self.protected, self.upload[self._layout.start : self._layout.end], self.signature)

    @property
    def payloads(self) -> tuple[bytes, ...]:
        """The sealed payload of each group, in the header's order."""
        return tuple(self.upload[start:end] for start, end in self._payloads)

    def check_payloads(self) -> None:
        """Raise Malformed unless each payload is the one that the header hashes."""
        for i, (start, end) in enumerate(self._payloads):
            if sha256(self.upload[start:end]).digest() != self.sealed[i].payload_hash:
                group = self.template.groups[i].group
                raise Malformed(f"frame: the payload of group {group!r} is not the one its header hashes")


def parse_frame(raw: bytes) -> Frame:
    """The frame in an upload.

    Raises:
        Malformed: not one canonical frame, wrong content type, statuses that do not fill the spans,
            a payload that is not the one hashed in the header, or anything beyond a stated bound.
    """
    if len(raw) > MAX_UPLOAD:
        raise Malformed(f"a frame is at most {MAX_UPLOAD} bytes, this one has {len(raw)}")
    frame = _view(raw)
    frame.check_payloads()
    return frame


def frame_with_digests(raw: bytes, frame_id: FrameId, leaf: Digest) -> Frame:
    """The frame in an upload that another process has parsed, with the digests it made: nothing is hashed again."""
    frame = _view(raw)
    frame._frame_id, frame._leaf = frame_id, leaf  # noqa: SLF001 - as its own constructor
    return frame


def leaf_of(raw: bytes) -> Digest:
    """The leaf hash of the frame in an upload; Malformed as `parse_frame`."""
    return parse_frame(raw).leaf


def upload_bytes(envelope: Sign1, payloads: Sequence[bytes]) -> bytes:
    """The canonical upload of a signed envelope and its payloads."""
    return b"\x82" + envelope.to_bytes() + _ARRAY_HEADS[len(payloads)] + b"".join(map(byte_string, payloads))


def _view(raw: bytes) -> Frame:
    """The frame in an upload, its payloads not yet compared with their hashes.

    A template is looked up by the bytes before the place and those between it and the place of the one group. Before
    the place stand a key id and a few names; a key id that happens to hold the head of a place leads to no template.
    """
    at = raw.find(_PLACE_HEAD, 0, MAX_CACHED_HEADER) + len(_PLACE_HEAD)
    prefix = raw[:at]
    layout = _locate_after(prefix)
    template = None
    if layout is not None and layout.end <= MAX_CACHED_HEADER:
        template = _template(prefix, raw[at + PLACE_SIZE : layout.end - SEALED_SIZE])
    if layout is None or template is None or layout.end > len(raw):
        layout = _locate(raw)
        template, place, sealed = read_header(raw[layout.start : layout.end])
    else:
        place, sealed = read_place(raw, at), (read_sealed(raw, layout.end - SEALED_SIZE),)
    signature = byte_string_at(raw, layout.end)
    return Frame(raw, layout, template, place, sealed, signature, _payloads(raw, signature[1], len(sealed)))


@lru_cache(TEMPLATES)
def _locate_after(prefix: bytes) -> _Layout | None:
    """Where the headers lie in an upload that begins like this; None when it is none."""
    try:
        return _locate(prefix + bytes(MAX_CACHED_HEADER))  # zeros in place of the rest
    except Malformed:
        return None


@lru_cache(TEMPLATES)
def _template(prefix: bytes, middle: bytes) -> HeaderTemplate | None:
    """The template of one group with these bytes before and between its places; None when it is none."""
    raw = b"".join((prefix, ANY_PLACE, middle, bytes(SEALED_SIZE)))
    try:
        template, _, sealed = read_header(raw[_locate(raw).start :])
    except Malformed:
        return None
    return template if len(sealed) == 1 and middle.endswith(_SEALED_HEAD) else None


def _locate(raw: bytes) -> _Layout:
    """Where the headers of an upload lie.

    Read by hand, as everything in an upload is a byte string: decoding all of it only to encode it again and compare
    would copy each payload twice.
    """
    if raw[:2] != b"\x82\x84":
        raise Malformed("frame: not an upload of an envelope and payloads")
    protected, end = byte_string_at(raw, 2)
    if raw[end : end + 1] != b"\xa0":
        raise Malformed("frame: the envelope's unprotected header is not an empty map")
    return _Layout(protected, end, *byte_string_at(raw, end + 1))


def _payloads(raw: bytes, at: int, count: int) -> tuple[tuple[int, int], ...]:
    """Where the `count` payloads lie that begin at `at` and end the upload."""
    head = _ARRAY_HEADS[count]
    if not raw.startswith(head, at):
        raise Malformed(f"frame: {count} groups in the header, but not as many payloads beside it")
    places: tuple[tuple[int, int], ...] = (byte_string_at(raw, at + len(head)),)
    while len(places) < count:
        places += (byte_string_at(raw, places[-1][1]),)
    if places[-1][1] != len(raw):
        raise Malformed("frame: bytes after the last payload")
    return places
