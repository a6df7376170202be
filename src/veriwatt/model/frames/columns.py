"""The plaintext of a group: one column of slots for each point, its leaves, and its packed form.

    leaf   = [point, first slot, [value or null, ...], statuses: bstr, reasons: bstr, [instant or null, ...]]
    packed = width byte, then the values of all columns as zigzag deltas (each column's first
             against 0), little-endian in `width` bytes, byte planes in order, then the notes, deflated
    notes  = nothing, or [[column number, reasons, instants] ...] of the columns that have any

A leaf has at most 96 slots of one point, from the one that starts at `first slot`; the bounds of each follow from the
calendar of the group. Statuses and reasons have one byte a slot. Reasons say why a gap is one, and are empty if none
does; instants are the true times of readings that were not taken at the end of their slots, and are empty if there are
none. Values are mantissas at the point's scale. Spec: docs/spec/frame.md.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from veriwatt.encoding import Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.model.frames.statuses import Codes, all_valued, has_value
from veriwatt.model.points.status import SlotReason, Status
from veriwatt.units import UtcMillis

Ints = NDArray[np.int64]

SLOTS_IN_LEAF = 96

NO_INSTANT = -(2**63)
"""In a column, the instant of a reading that was taken at the end of its slot, and of a slot without a reading."""

_FEW = 16  # values up to which numbers take less time than arrays
_ONE = np.uint64(1)
_HALF = 1 << 63


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The consecutive slots of one point in a frame's window.

    `values[i]` is 0 if status `codes[i]` has no value. `reasons` has the `SlotReason` of each slot, `instants` the true
    time of each reading or `NO_INSTANT`; None where no slot has any.
    """

    point: str
    starts: Ints
    ends: Ints
    values: Ints
    codes: Codes
    reasons: Codes | None = None
    instants: Ints | None = None

    def part(self, first: int, end: int) -> Column:
        """The slots `[first, end)`, by their numbers."""
        at = slice(first, end)
        reasons = None if self.reasons is None else self.reasons[at]
        instants = None if self.instants is None else self.instants[at]
        return Column(self.point, self.starts[at], self.ends[at], self.values[at], self.codes[at], reasons, instants)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf: consecutive slots of one point from the one at `first`; the value of a slot without one is None."""

    point: str
    first: UtcMillis
    values: tuple[int | None, ...]
    codes: bytes
    reasons: bytes = b""
    instants: tuple[UtcMillis | None, ...] = ()

    def to_bytes(self) -> bytes:
        return encode([self.point, self.first, list(self.values), self.codes, self.reasons, list(self.instants)])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Leaf:
        f = Fields(decode(raw, "column leaf"), "column leaf", 6)
        point, first = f.text("point", 128), f.int("first slot")
        values, codes = f.each("values", _value, SLOTS_IN_LEAF), f.bytes("statuses", SLOTS_IN_LEAF)
        reasons, instants = f.bytes("reasons", SLOTS_IN_LEAF), f.each("instants", _value, SLOTS_IN_LEAF)
        if len(values) != len(codes) or not values or max(codes) > max(Status):
            raise Malformed("column leaf: values and statuses do not pair")
        if any((v is None) == Status(c).has_value for v, c in zip(values, codes, strict=True)):
            raise Malformed("column leaf: a value without its status, or a status without its value")
        check_notes(codes, reasons, instants)
        return cls(point, first, values, codes, reasons, instants)


def check_notes(codes: bytes, reasons: bytes, instants: Sequence[UtcMillis | None]) -> None:
    """Raise Malformed unless only gaps have a reason and only values an instant, each in its one spelling."""
    if reasons and (len(reasons) != len(codes) or not any(reasons) or max(reasons) > max(SlotReason)):
        raise Malformed("column leaf: its reasons are not those of its slots")
    if any(r and c != Status.GAP for c, r in zip(codes, reasons, strict=False)):
        raise Malformed("column leaf: a reason of a slot that is no gap")
    if instants and (len(instants) != len(codes) or all(instant is None for instant in instants)):
        raise Malformed("column leaf: its instants are not those of its slots")
    if any(t is not None and not Status(c).has_value for c, t in zip(codes, instants, strict=False)):
        raise Malformed("column leaf: an instant of a slot without a value")


def leaves(columns: Sequence[Column]) -> Iterator[Leaf]:
    """Every leaf of the group, in the order of the column tree."""
    for column in columns:
        values, codes = column.values.tolist(), column.codes.tobytes()
        if not all_valued(codes):
            values = [v if k else None for v, k in zip(values, has_value(column.codes).tolist(), strict=True)]
        reasons, instants = _notes(column)
        for at in range(0, len(codes), SLOTS_IN_LEAF):
            end = min(at + SLOTS_IN_LEAF, len(codes))
            here, times = reasons[at:end], instants[at:end]
            yield Leaf(
                column.point,
                int(column.starts[at]),
                tuple(values[at:end]),
                codes[at:end],
                here if any(here) else b"",
                tuple(times) if any(t is not None for t in times) else (),
            )


def leaf_bytes(columns: Sequence[Column]) -> Iterator[bytes]:
    """`Leaf.to_bytes` of every leaf of the group; no leaf is built for a column of values without notes."""
    for column in columns:
        codes = column.codes.tobytes()
        if column.reasons is not None or column.instants is not None or not all_valued(codes):
            yield from (leaf.to_bytes() for leaf in leaves([column]))
            continue
        point, values, starts = column.point, column.values.tolist(), column.starts[::SLOTS_IN_LEAF].tolist()
        for start, at in zip(starts, range(0, len(codes), SLOTS_IN_LEAF), strict=True):
            end = at + SLOTS_IN_LEAF
            yield encode([point, start, values[at:end], codes[at:end], b"", []])


def leaves_of(slots: int) -> int:
    """The number of leaves of a point with so many slots."""
    return -(-slots // SLOTS_IN_LEAF)


def _notes(column: Column) -> tuple[bytes, list[UtcMillis | None]]:
    """The reason and the instant of each slot; empty where no slot has any."""
    reasons = b"" if column.reasons is None else column.reasons.tobytes()
    instants = () if column.instants is None else column.instants.tolist()
    return reasons if any(reasons) else b"", [None if t == NO_INSTANT else t for t in instants]


def pack(columns: Sequence[Column]) -> tuple[bytes, int]:
    """The deflated values, and the number of bytes that they unpack to."""
    deltas = [np.diff(_valued(c), prepend=np.int64(0)) for c in columns]
    flat = np.concatenate(deltas) if deltas else np.zeros(0, np.int64)
    zigzag = (flat.view(np.uint64) << _ONE) ^ (flat >> np.int64(63)).view(np.uint64)
    width = max(1, (int(zigzag.max(initial=0)).bit_length() + 7) // 8)
    planes = zigzag.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width].T
    plain = bytes([width]) + planes.tobytes() + _packed_notes(columns)
    return zlib.compress(plain, 6), len(plain)


def unpack(packed: bytes, plain_size: int, counts: Sequence[int]) -> tuple[Ints, bytes]:
    """Unpack the values of all columns, column after column, and the notes for `add_notes`.

    Args:
        packed: the result of `pack`.
        plain_size: the size that the header declares; inflating stops there.
        counts: the number of values of each column, from the header's statuses.

    Raises:
        Malformed: the bytes do not inflate to exactly that size or number of values.
    """
    plain = _inflate(packed, plain_size)
    total = sum(counts)
    width = plain[0] if plain else 0
    if not 1 <= width <= 8 or len(plain) < 1 + width * total:
        raise Malformed(f"packed columns: {len(plain)} bytes of width {width} for {total} values")
    values = (_few_values if total <= _FEW else _many_values)(plain, width, counts)
    return values, plain[1 + width * total :]


def _few_values(plain: bytes, width: int, counts: Sequence[int]) -> Ints:
    """As `_many_values`, number by number."""
    total, values, at = sum(counts), list[int](), 1
    for count in counts:
        value = 0
        for first in range(at, at + count):
            zigzag = int.from_bytes(plain[first : 1 + width * total : total], "little")
            value = (value + (zigzag >> 1 ^ -(zigzag & 1)) + _HALF) % (2 * _HALF) - _HALF
            values.append(value)
        at += count
    return np.array(values, np.int64)


def _many_values(plain: bytes, width: int, counts: Sequence[int]) -> Ints:
    """The values in byte planes of `width`; each column's first delta is against 0, and sums wrap as deltas do."""
    total = sum(counts)
    planes = np.zeros((total, 8), np.uint8)
    planes[:, :width] = np.frombuffer(plain, np.uint8, width * total, 1).reshape(width, total).T
    zigzag = planes.reshape(-1).view("<u8").astype(np.uint64, copy=False)
    values: Ints = ((zigzag >> _ONE).view(np.int64) ^ -(zigzag & _ONE).view(np.int64)).cumsum()
    if len(counts) > 1:
        starts = np.array([0, *accumulate(counts)], np.int64)[:-1]
        values -= np.repeat(np.concatenate(([0], values))[starts], counts)
    return values


def add_notes(columns: list[Column], notes: bytes) -> list[Column]:
    """The columns with their reasons and instants; raises Malformed unless the notes are those of these columns."""
    if not notes:
        return columns
    found, before = list(columns), -1
    for value in Fields([decode(notes, "column notes")], "column notes", 1).list("columns"):
        f = Fields(value, "column notes", 3)
        number, reasons, instants = f.uint("column", len(columns) - 1), f.bytes("reasons"), f.each("instants", _value)
        if number <= before or not (reasons or instants):
            raise Malformed("column notes: columns out of order, or one without a note")
        check_notes(columns[number].codes.tobytes(), reasons, instants)
        times = [NO_INSTANT if t is None else t for t in instants]
        found[number], before = (
            replace(
                columns[number],
                reasons=np.frombuffer(reasons, np.uint8) if reasons else None,
                instants=np.array(times, np.int64) if instants else None,
            ),
            number,
        )
    if before < 0:
        raise Malformed("column notes: none, and not left out")
    return found


def _packed_notes(columns: Sequence[Column]) -> bytes:
    notes: list[Value] = []
    for number, column in enumerate(columns):
        reasons, instants = _notes(column)
        if reasons or any(t is not None for t in instants):
            times: list[Value] = list(instants) if any(t is not None for t in instants) else []
            notes.append([number, reasons, times])
    return encode(notes) if notes else b""


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
        raise Malformed("column leaf: a value or instant is not a 64-bit integer or null")
    return value
