"""The plaintext of a group: one column of slots for each point, its leaves, and its packed form.

    leaf   = [point, start, end, [value or null, ...], statuses: bstr, one byte a slot]
    packed = width byte, then the values of all columns as zigzag deltas (each column's first
             against 0), little-endian in `width` bytes, byte planes in order, deflated

A leaf has at most 96 slots of one point; calendar slots (day, month) have a leaf each, so that the bounds of slots
follow from the leaf without a zone table. Values are mantissas at the point's scale.
Spec: docs/spec/frame.md.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veriwatt.encoding import Fields, decode, encode
from veriwatt.errors import Malformed
from veriwatt.model.frames.statuses import Codes, all_valued, has_value
from veriwatt.model.points.status import Status
from veriwatt.units import Interval, UtcMillis

Ints = NDArray[np.int64]

SLOTS_IN_LEAF = 96


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The consecutive slots of one point in a frame's window.

    `values[i]` is 0 if status `codes[i]` has no value. `calendar` is true for slots of varying length.
    """

    point: str
    starts: Ints
    ends: Ints
    values: Ints
    codes: Codes
    calendar: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """One disclosed leaf: consecutive slots of one point; the value of a slot without one is None."""

    point: str
    span: Interval
    values: tuple[int | None, ...]
    codes: bytes

    def to_bytes(self) -> bytes:
        return encode([self.point, self.span.start, self.span.end, list(self.values), self.codes])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Leaf:
        f = Fields(decode(raw, "column leaf"), "column leaf", 5)
        point, span = f.text("point", 128), Interval(f.uint("start"), f.uint("end"))
        values, codes = f.each("values", _value, SLOTS_IN_LEAF), f.bytes("statuses", SLOTS_IN_LEAF)
        if len(values) != len(codes) or not values or max(codes) > max(Status):
            raise Malformed("column leaf: values and statuses do not pair")
        if any((v is None) == Status(c).has_value for v, c in zip(values, codes, strict=True)):
            raise Malformed("column leaf: a value without its status, or a status without its value")
        return cls(point, span, values, codes)


def leaves(columns: Sequence[Column]) -> Iterator[Leaf]:
    """Every leaf of the group, in the order of the column tree."""
    for column in columns:
        values, codes = column.values.tolist(), column.codes.tobytes()
        if not all_valued(codes):
            values = [v if k else None for v, k in zip(values, has_value(column.codes).tolist(), strict=True)]
        for at, end in leaf_bounds(len(codes), calendar=column.calendar):
            span = Interval(int(column.starts[at]), int(column.ends[end - 1]))
            yield Leaf(column.point, span, tuple(values[at:end]), codes[at:end])


def leaf_bounds(slots: int, *, calendar: bool) -> Iterator[tuple[int, int]]:
    """The division of `slots` slots of one point into leaves: pairs [first, end)."""
    size = 1 if calendar else SLOTS_IN_LEAF
    for at in range(0, slots, size):
        yield at, min(at + size, slots)


def slot_in_leaf(leaf: Leaf, minutes: int | None, start: UtcMillis) -> tuple[int, Interval]:
    """The index and bounds of the slot that starts at `start`; `minutes` is the slot length, None for a calendar slot.

    Raises:
        Malformed: the leaf has no slot starting there, or its slots do not fill its span.
    """
    if minutes is None:
        if len(leaf.values) != 1 or start != leaf.span.start:
            raise Malformed("column leaf: a calendar slot stands alone in its leaf and starts with it")
        return 0, leaf.span
    length = minutes * 60_000
    if -(-(leaf.span.end - leaf.span.start) // length) != len(leaf.values):
        raise Malformed("column leaf: its slots do not fill its span")
    index, rest = divmod(start - leaf.span.start, length)
    if rest or not 0 <= index < len(leaf.values):
        raise Malformed("column leaf: no slot starts at the claimed time")
    return index, Interval(start, min(start + length, leaf.span.end))


def pack(columns: Sequence[Column]) -> tuple[bytes, int]:
    """The deflated values, and the number of bytes that they unpack to."""
    deltas = [np.diff(_valued(c), prepend=np.int64(0)) for c in columns]
    flat = np.concatenate(deltas) if deltas else np.zeros(0, np.int64)
    zigzag = (flat.view(np.uint64) << np.uint64(1)) ^ (flat >> np.int64(63)).view(np.uint64)
    width = max(1, (int(zigzag.max(initial=0)).bit_length() + 7) // 8)
    planes = zigzag.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width].T
    plain = bytes([width]) + planes.tobytes()
    return zlib.compress(plain, 6), len(plain)


def unpack(packed: bytes, plain_size: int, counts: Ints) -> Ints:
    """Unpack the values of all columns, column after column.

    Args:
        packed: the result of `pack`.
        plain_size: the size that the header declares; inflating stops there.
        counts: the number of values of each column, from the header's statuses.

    Raises:
        Malformed: the bytes do not inflate to exactly that size or number of values.
    """
    plain = _inflate(packed, plain_size)
    total = int(counts.sum())
    width = plain[0] if plain else 0
    if not 1 <= width <= 8 or len(plain) != 1 + width * total:
        raise Malformed(f"packed columns: {len(plain)} bytes of width {width} for {total} values")
    planes = np.zeros((total, 8), np.uint8)
    planes[:, :width] = np.frombuffer(plain, np.uint8, offset=1).reshape(width, total).T
    zigzag = planes.reshape(-1).view("<u8").astype(np.uint64)
    flat = (zigzag >> np.uint64(1)).view(np.int64) ^ -(zigzag & np.uint64(1)).view(np.int64)
    running = np.concatenate(([0], np.cumsum(flat, dtype=np.int64)))  # overflow wraps around, as in the deltas
    values: Ints = running[1:] - np.repeat(running[np.cumsum(counts) - counts], counts)
    return values


def _inflate(packed: bytes, plain_size: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(packed, plain_size + 1)
    except zlib.error as error:
        raise Malformed(f"packed columns do not inflate: {error}") from error
    if len(plain) != plain_size or not inflater.eof or inflater.unused_data:
        raise Malformed(f"packed columns do not inflate to the {plain_size} bytes declared")
    return plain


def _valued(column: Column) -> Ints:
    values: Ints = column.values[has_value(column.codes)]
    return values


def _value(value: object) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise Malformed("column leaf: a value is not a 64-bit integer or null")
    return value
