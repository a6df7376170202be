"""The manifest of an anchor: the objects that it adds to a data chain, and the newest frame of each terminal in them.

    manifest = [2, org, old size, new size, [[first, count, object, length], ...],
                [[terminal, epoch, seq, frame id], ...]]
    segment  = the uploads of consecutive frames, each as a CBOR byte string, at most 1 MiB together

The manifest is an object itself, named by the anchor: every frame can be located from the ledger alone.
Spec: docs/spec/data-chain.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from veriwatt.encoding import FORMAT, Fields, Value, byte_string, byte_string_at, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import MAX_OBJECT, Digest, ObjectId
from veriwatt.merkle.tree import leaf_hash, tree_root
from veriwatt.model.frames.number import FrameRef

MAX_SEGMENT = MAX_OBJECT
"""Bytes: a segment is one object."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One object of the chain: frames `first` .. `first + count - 1` in `length` bytes."""

    first: int
    count: int
    name: ObjectId
    length: int

    def fields(self) -> list[Value]:
        return [self.first, self.count, self.name, self.length]

    @classmethod
    def parse(cls, value: object) -> Segment:
        f = Fields(value, "manifest: segment", 4)
        return cls(f.uint("first"), f.uint("count"), f.digest("object", ObjectId), f.uint("length", MAX_SEGMENT))


@dataclass(frozen=True, slots=True)
class Manifest:
    """The objects of the frames `[old_size, new_size)` of an org's chain; `tips` are each terminal's newest in it."""

    org: str
    old_size: int
    new_size: int
    segments: tuple[Segment, ...]
    tips: tuple[FrameRef, ...]

    def to_bytes(self) -> bytes:
        segments, tips = [s.fields() for s in self.segments], [t.fields() for t in self.tips]
        return encode([FORMAT, self.org, self.old_size, self.new_size, segments, tips])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Manifest:
        f = Fields.versioned(decode(raw, "manifest"), "manifest", 6)
        org, old, new = f.name("org"), f.uint("old size"), f.uint("new size")
        segments, tips = f.each("segments", Segment.parse), f.each("tips", FrameRef.parse)
        ends = [old, *(segment.first + segment.count for segment in segments)]
        if ends != [*(segment.first for segment in segments), new] or not all(s.count for s in segments):
            raise Malformed(f"manifest: its segments do not fill [{old}, {new}) one after the other")
        if any(tip.terminal >= after.terminal for tip, after in zip(tips, tips[1:], strict=False)):
            raise Malformed("manifest: its tips are not in the order of their terminals, one for each")
        return cls(org, old, new, segments, tips)

    def tips_root(self) -> Digest:
        """The RFC 9162 root over the tips in terminal order, as the anchor states it."""
        return tree_root([leaf_hash(encode(t.fields())) for t in self.tips])


def pack_segments(uploads: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    """Pack uploads into segments (count, bytes) of at most 1 MiB, in order; the same uploads give the same bytes."""
    parts: list[bytes] = []
    length = 0
    for upload in uploads:
        part = byte_string(upload)
        if parts and length + len(part) > MAX_SEGMENT:
            yield len(parts), b"".join(parts)
            parts, length = [], 0
        parts.append(part)
        length += len(part)
    if parts:
        yield len(parts), b"".join(parts)


def read_segment(raw: bytes) -> Iterator[tuple[int, int]]:
    """The (offset, length) of each upload in a segment; raises Malformed for any other bytes."""
    at = 0
    while at < len(raw):
        start, at = byte_string_at(raw, at)
        yield start, at - start
