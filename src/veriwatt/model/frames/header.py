"""The header of a frame: terminal, window and groups of the readings, and the status of every slot, but no value.

    header   = [2, chain, org, terminal, place: bstr, origin, clock source, [group, ...]]
    place    = passport version 8, epoch 8, seq 8, prev 32, start 8, end 8, collected at 8,
               root-log size 8, root-log leaf 32, clock offset 8 (signed), clock uncertainty 8
    group    = [group, version, spans: bstr, statuses: bstr, replaced frames: bstr of 32 each, sealed: bstr]
    sealed   = definition root 32, column root 32, key commitment 32, payload hash 32, plain size 4

Numbers and digests are big-endian in places of fixed width, so they have one encoding, and a log host checks thousands
of headers in a second (docs/adr/0008-fixed-places.md). The bytes around the places are the template; a terminal repeats
it from frame to frame. Spec: docs/spec/frame.md, section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

from veriwatt.encoding import FORMAT, Shape, Value, decode, encode
from veriwatt.encoding.fields import MAX_INT
from veriwatt.errors import Malformed
from veriwatt.ids import FrameId, check_name
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.frames.origin import ClockState, Origin, parse_origin
from veriwatt.model.frames.statuses import Spans, read_spans, spans_bytes
from veriwatt.units import Interval, UtcMillis

MAX_GROUPS = 64
MAX_PLAIN = 16 << 20
"""The most bytes that a sealed payload may unpack to; checked before unpacking."""

MAX_REPLACED = 4096
MAX_GROUP_VERSION = 2**32 - 2
MAX_SOURCE = 32
"""The most characters of the name of a clock."""

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
_GROUP = Shape("frame group", group=str, version=int, spans=bytes, statuses=bytes, replaces=bytes, sealed=bytes)
_PLACE = Struct(">QQQ32sQQQQ32sqQ")
_SEALED = Struct(">32s32s32s32sI")
PLACE_SIZE, SEALED_SIZE = _PLACE.size, _SEALED.size
ANY_PLACE = _PLACE.pack(0, 0, 0, bytes(32), 0, 1, 0, 0, bytes(32), 0, 0)
"""An arbitrary well-formed place."""


class Place(NamedTuple):
    """The header's fixed place, unpacked: times in ms UTC; `prev` and `root_log_leaf` have 32 bytes."""

    passport_version: int
    epoch: int
    seq: int
    prev: bytes
    start: UtcMillis
    end: UtcMillis
    collected_at: UtcMillis
    root_log_size: int
    root_log_leaf: bytes
    clock_offset: int
    clock_uncertainty: int


class Sealed(NamedTuple):
    """A group's fixed place, unpacked: the commitments to its definitions, columns, key and payload (32 bytes each)."""

    definition_root: bytes
    column_root: bytes
    commitment: bytes
    payload_hash: bytes
    plain_size: int


class GroupTemplate(NamedTuple):
    """The part of the header about one group, outside its fixed place.

    `version` is the number of the group's version. `spans` counts each point's slots; `statuses` is run-length coded
    and fills them.
    """

    group: str
    version: int
    spans: Spans
    statuses: bytes
    replaces: tuple[FrameId, ...]


@dataclass(frozen=True, slots=True, eq=False)
class HeaderTemplate:
    """The header outside the fixed places. It is equal to itself alone, which makes it a cheap key of a cache."""

    chain: str
    org: str
    terminal: str
    origin: Origin
    clock_source: str
    groups: tuple[GroupTemplate, ...]


class FrameGroup(NamedTuple):
    """The part of the header about one group; `spans` counts each point's slots, `statuses` is run-length coded.

    `version` is the number of the group's version. Roots, commitment and hash have 32 bytes each.
    """

    group: str
    version: int
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
        replaced = b"".join(self.replaces)
        return [self.group, self.version, spans_bytes(self.spans), self.statuses, replaced, _SEALED.pack(*sealed)]


class FrameHeader(NamedTuple):
    """The header of a frame; `prev` (32 bytes) is the id of the terminal's frame before."""

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
        """The canonical bytes, which a terminal makes durable before it signs them."""
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
        origin, groups = self.origin.fields(), [g.fields() for g in self.groups]
        return encode([FORMAT, self.chain, self.org, self.terminal, place, origin, self.clock.source, groups])

    def group(self, name: str) -> FrameGroup:
        for group in self.groups:
            if group.group == name:
                return group
        raise Malformed(f"frame {self.terminal} {self.number} has no group {name!r}")


def parse_header(raw: bytes) -> FrameHeader:
    """Parse canonical bytes; raises Malformed naming the wrong field."""
    return join_header(*read_header(raw))


def read_header(raw: bytes) -> tuple[HeaderTemplate, Place, tuple[Sealed, ...]]:
    """As `parse_header`, but returns the parts: the template, the place, and the place of each group."""
    version, chain, org, terminal, place, origin, source, groups = _HEADER.check(decode(raw, "frame header"))
    if version != FORMAT or len(place) != _PLACE.size or len(source) > MAX_SOURCE:
        raise Malformed("frame header: unknown version, or place or clock source of a wrong length")
    parsed = [_group(value) for value in groups[: MAX_GROUPS + 1]]
    if not 1 <= len(parsed) <= MAX_GROUPS or len({template.group for template, _ in parsed}) != len(parsed):
        raise Malformed("frame header: groups are missing, too many or named twice")
    template = HeaderTemplate(
        check_name(chain, "frame header: chain"),
        check_name(org, "frame header: org"),
        check_name(terminal, "frame header: terminal"),
        parse_origin(origin),
        source,
        tuple(template for template, _ in parsed),
    )
    return template, read_place(place, 0), tuple(sealed for _, sealed in parsed)


def read_place(raw: bytes, at: int) -> Place:
    """The place that begins at byte `at`; raises Malformed if a number is out of range or the window is empty."""
    place = tuple.__new__(Place, _PLACE.unpack_from(raw, at))  # `_make` would count the fields again
    passport, epoch, seq, _, start, end, collected_at, size, _, _, uncertainty = place
    if (passport | epoch | seq | end | collected_at | size | uncertainty) > MAX_INT:  # MAX_INT has all lower bits set
        raise Malformed("frame header: a number out of range")
    if start >= end:
        raise Malformed(f"frame header: the window [{start}, {end}) is empty or backward")
    return place


def read_sealed(raw: bytes, at: int) -> Sealed:
    """The place of a group that begins at byte `at`; raises Malformed if its payload unpacks to too much."""
    sealed = tuple.__new__(Sealed, _SEALED.unpack_from(raw, at))
    if sealed[4] > MAX_PLAIN:
        raise Malformed(f"frame group: a payload unpacks to at most {MAX_PLAIN} bytes")
    return sealed


def join_header(template: HeaderTemplate, place: Place, sealed: tuple[Sealed, ...]) -> FrameHeader:
    """The header with these parts."""
    return FrameHeader(
        template.chain,
        template.org,
        template.terminal,
        place.passport_version,
        FrameNumber(place.epoch, place.seq),
        place.prev,
        Interval(place.start, place.end),
        place.collected_at,
        template.origin,
        place.root_log_size,
        place.root_log_leaf,
        ClockState(template.clock_source, place.clock_offset, place.clock_uncertainty),
        tuple(
            FrameGroup(each.group, each.version, own[0], each.spans, each.statuses, each.replaces, *own[1:])
            for each, own in zip(template.groups, sealed, strict=True)
        ),
    )


def _group(value: object) -> tuple[GroupTemplate, Sealed]:
    group, version, coded, statuses, replaces, sealed = _GROUP.check(value)
    if not 1 <= version <= MAX_GROUP_VERSION:
        raise Malformed(f"frame group: there is no version {version} of a group")
    if len(sealed) != _SEALED.size or len(replaces) % FrameId.LENGTH or len(replaces) > MAX_REPLACED * FrameId.LENGTH:
        raise Malformed("frame group: what is sealed, or the replaced frames, have an impossible length")
    name, spans = check_name(group, "frame group"), read_spans(statuses, coded)
    return GroupTemplate(name, version, spans, statuses, _frame_ids(replaces)), read_sealed(sealed, 0)


def _frame_ids(raw: bytes) -> tuple[FrameId, ...]:
    return tuple(FrameId(raw[at : at + FrameId.LENGTH]) for at in range(0, len(raw), FrameId.LENGTH))
