"""A frame: a signed, numbered, chained batch of the readings of one terminal for one window, as sent and stored.

    upload   = [envelope, [sealed payload of each group, in order]]
    envelope = COSE_Sign1, content type "veriwatt/frame", over the header

`Frame` is a lazy view over an upload: the offsets of its parts, the values in the header's fixed places, and the
template around them. Everything else is computed on demand. Most uploads of a terminal have the same template, so a
template is decoded and checked once, then cached; the fixed places need no check of their encoding
(docs/adr/0008-fixed-places.md). Spec: docs/spec/frame.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from veriwatt.encoding import Sign1, byte_string, byte_string_at, join_signed
from veriwatt.errors import Malformed
from veriwatt.ids import Digest, FrameId, of_fixed_length
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
"""The most bytes of an upload: as a CBOR byte string it fits one object, so that every frame can be anchored."""

MAX_CACHED_HEADER = 1 << 10
"""The most bytes up to the end of a header whose template is cached, so that unsigned uploads cannot fill memory."""

TEMPLATES = 1 << 12

_PLACE_HEAD, _SEALED_HEAD = bytes([0x58, PLACE_SIZE]), bytes([0x58, SEALED_SIZE])
_SIGNATURE_HEAD = bytes([0x58, 64])
_ARRAY_HEADS = tuple(bytes([0x80 | n]) if n < 24 else bytes([0x98, n]) for n in range(MAX_GROUPS + 1))


class _Layout(NamedTuple):
    """The offsets of the protected header and the frame header in an upload."""

    protected: int
    protected_end: int
    start: int
    end: int


class Frame:
    """One well-formed frame in its upload; the signature is not yet verified. Two views of the same bytes are equal.

    Org, terminal, number and `prev` are at hand; the other parts are read from the upload when one is asked for.
    `template`, `place` and `sealed` are the header in parts; `header` is the same as one record.
    """

    template: HeaderTemplate
    place: Place
    sealed: tuple[Sealed, ...]
    signature: bytes
    frame_id: FrameId
    ref: FrameRef
    leaf: Digest
    """The frame's leaf hash in the data chain; it commits to every byte of the upload."""
    header: FrameHeader
    latest: UtcMillis
    """The later of window end and collection time: no anchor may be earlier."""
    _layout: _Layout
    _payloads: list[tuple[int, int]]

    def __init__(  # `parse_frame` and `frame_with_digests` call it
        self, upload: bytes, org: str, terminal: str, number: FrameNumber, prev: bytes
    ) -> None:
        self.upload, self.org, self.terminal, self.number, self.prev = upload, org, terminal, number, prev

    def __getattr__(self, name: str) -> object:
        """Compute an attribute at its first use; called only for those that are not set."""
        if name in _PARTS:
            self.__dict__ = parse_frame(self.upload).__dict__ | self.__dict__
        elif name in _COMPUTED:
            self.__dict__[name] = _COMPUTED[name](self)
        else:
            raise AttributeError(name)
        return self.__dict__[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frame) and self.upload == other.upload

    __hash__ = None  # type: ignore[assignment] # frames are looked up by id or position

    @property
    def chain(self) -> str:
        return self.template.chain

    @property
    def collected_at(self) -> UtcMillis:
        return self.place.collected_at

    @property
    def protected(self) -> bytes:
        """The protected header of the signature."""
        layout = self._layout
        return self.upload[layout.protected : layout.protected_end]

    @property
    def signed(self) -> bytes:
        """The signed bytes."""
        upload, (_, protected_end, _, end) = self.upload, self._layout
        return join_signed(upload[2:protected_end], upload[protected_end + 1 : end])  # as they stand here

    def hashed(self) -> bytes:
        """The signed bytes; computes id, `ref`, `leaf` and `latest` from them, which every accepted frame needs."""
        signed = self.signed
        self.frame_id = frame_id = frame_id_of(signed)
        self.ref = tuple.__new__(FrameRef, (self.terminal, self.number, frame_id))
        self.leaf = chain_leaf(frame_id, self.signature)
        place = self.place
        self.latest = max(place.collected_at, place.end)
        return signed

    @property
    def envelope(self) -> Sign1:
        layout = self._layout
        return Sign1(self.protected, self.upload[layout.start : layout.end], self.signature)

    @property
    def payloads(self) -> tuple[bytes, ...]:
        """The sealed payload of each group, in the header's order."""
        return tuple(self.upload[start:end] for start, end in self._payloads)


_PARTS = frozenset(["template", "place", "sealed", "signature", "_layout", "_payloads"])
"""The attributes that `parse_frame` reads from an upload."""

_COMPUTED: dict[str, Callable[[Frame], object]] = {
    "frame_id": lambda frame: frame_id_of(frame.signed),
    "ref": lambda frame: FrameRef(frame.terminal, frame.number, frame.frame_id),
    "leaf": lambda frame: chain_leaf(frame.frame_id, frame.signature),
    "header": lambda frame: join_header(frame.template, frame.place, frame.sealed),
    "latest": lambda frame: max(frame.place.end, frame.place.collected_at),
}
"""The attributes that follow from others."""


def parse_frame(raw: bytes) -> Frame:
    """Parse an upload.

    The cache key of a template is the bytes before the place and the bytes between it and the place of the only group.
    The bytes before the place are a key id and a few names; if the key id contains the head of a place by chance, no
    template is found.

    Raises:
        Malformed: not one canonical frame, wrong content type, statuses that do not fill the
            spans, a payload without the hash in the header, or a value beyond its bound.
    """
    if len(raw) > MAX_UPLOAD:
        raise Malformed(f"a frame is at most {MAX_UPLOAD} bytes, this one has {len(raw)}")
    at = raw.find(_PLACE_HEAD, 0, MAX_CACHED_HEADER) + len(_PLACE_HEAD)
    prefix = raw[:at]
    layout = _locate_after(prefix)
    template, end = None, MAX_UPLOAD if layout is None else layout.end
    if end <= MAX_CACHED_HEADER:
        template = _template(prefix, raw[at + PLACE_SIZE : end - SEALED_SIZE])
    if layout is None or template is None or end > len(raw):
        layout = _locate(raw)
        end = layout.end
        template, place, sealed = read_header(raw[layout.start : end])
    else:
        place, sealed = read_place(raw, at), (read_sealed(raw, end - SEALED_SIZE),)
    signature = (end + 2, end + 66) if raw.startswith(_SIGNATURE_HEAD, end) else byte_string_at(raw, end)
    frame = Frame(raw, template.org, template.terminal, tuple.__new__(FrameNumber, place[1:3]), place[3])
    frame.template, frame.place, frame.sealed = template, place, sealed
    frame.signature, frame._layout = raw[signature[0] : signature[1]], layout  # noqa: SLF001 - as its own constructor
    frame._payloads = payloads = _payloads(raw, signature[1], len(sealed))  # noqa: SLF001
    for i, (start, last) in enumerate(payloads):
        if sha256(raw[start:last]).digest() != sealed[i][3]:
            group = template.groups[i].group
            raise Malformed(f"frame: the payload of group {group!r} is not the one its header hashes")
    return frame


def frame_with_digests(
    raw: bytes,
    org: str,
    terminal: str,
    epoch: int,
    seq: int,
    prev: bytes,
    frame_id: bytes,
    leaf: bytes,
    latest: UtcMillis,
) -> Frame:
    """The frame in an upload that another process has parsed: nothing is read or hashed again until it is asked for."""
    number = tuple.__new__(FrameNumber, (epoch, seq))
    frame = Frame(raw, org, terminal, number, prev)
    frame.frame_id = of_fixed_length(FrameId, frame_id)
    frame.ref = tuple.__new__(FrameRef, (terminal, number, frame.frame_id))
    frame.leaf, frame.latest = of_fixed_length(Digest, leaf), latest
    return frame


def leaf_of(raw: bytes) -> Digest:
    """The leaf hash of the frame in an upload; raises Malformed as `parse_frame`."""
    return parse_frame(raw).leaf


def upload_bytes(envelope: Sign1, payloads: Sequence[bytes]) -> bytes:
    """The canonical upload of a signed envelope and its payloads."""
    return b"\x82" + envelope.to_bytes() + _ARRAY_HEADS[len(payloads)] + b"".join(map(byte_string, payloads))


@lru_cache(TEMPLATES)
def _locate_after(prefix: bytes) -> _Layout | None:
    """The offsets of the headers in an upload with this beginning; None if it is malformed."""
    try:
        return _locate(prefix + bytes(MAX_CACHED_HEADER))  # zeros in place of the rest
    except Malformed:
        return None


@lru_cache(TEMPLATES)
def _template(prefix: bytes, middle: bytes) -> HeaderTemplate | None:
    """The template of one group with these bytes before and between its places; None if it is malformed."""
    raw = b"".join((prefix, ANY_PLACE, middle, bytes(SEALED_SIZE)))
    try:
        template, _, sealed = read_header(raw[_locate(raw).start :])
    except Malformed:
        return None
    return template if len(sealed) == 1 and middle.endswith(_SEALED_HEAD) else None


def _locate(raw: bytes) -> _Layout:
    """The offsets of the headers of an upload.

    Read by hand, because decoding, encoding and comparing the whole upload would copy each payload twice.
    """
    if raw[:2] != b"\x82\x84":
        raise Malformed("frame: not an upload of an envelope and payloads")
    protected, end = byte_string_at(raw, 2)
    if raw[end : end + 1] != b"\xa0":
        raise Malformed("frame: the envelope's unprotected header is not an empty map")
    return _Layout(protected, end, *byte_string_at(raw, end + 1))


def _payloads(raw: bytes, at: int, count: int) -> list[tuple[int, int]]:
    """The offsets of the `count` payloads that begin at `at` and end the upload."""
    head = _ARRAY_HEADS[count]
    if not raw.startswith(head, at):
        raise Malformed(f"frame: {count} groups in the header, but not as many payloads beside it")
    place = byte_string_at(raw, at + len(head))
    places = [place]
    while len(places) < count:
        place = byte_string_at(raw, place[1])
        places.append(place)
    if place[1] != len(raw):
        raise Malformed("frame: bytes after the last payload")
    return places
