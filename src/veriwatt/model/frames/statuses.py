"""Run-length coding of slot statuses, point after point, slot after slot.

A run is one unsigned LEB128 number, `count << 3 | status`, `count` >= 1; neighbouring runs differ in
status, so a sequence of statuses has one spelling. `spans` gives the number of slots of each point: pairs (points,
slots of each), where neighbouring pairs differ in slots, and each number is coded the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from veriwatt.encoding.leb128 import leb128, leb128_numbers
from veriwatt.errors import Malformed
from veriwatt.model.points.status import Status

Spans: TypeAlias = tuple[tuple[int, int], ...]
Codes: TypeAlias = NDArray[np.uint8]

MAX_SLOTS = 1 << 20
"""The most slots of one group in one frame; it bounds the memory that a header can make a reader allocate."""

MAX_POINTS = 10_000
"""The most points of one group, as of a group version."""

_LAST = max(Status)
_HAS_VALUE = np.array([status.has_value for status in Status])
_VALUED = bytes(status for status in Status if status.has_value)
_CACHED = 32  # bytes of a coding that is cached
_CACHED_CODES = 2  # bytes of a coding whose codes are cached: they are at most 2,047


def make_runs(codes: Codes) -> bytes:
    """The canonical coding of these statuses."""
    if not len(codes):
        return b""
    edges = np.flatnonzero(np.diff(codes)) + 1
    starts = np.concatenate(([0], edges))
    counts = np.diff(np.concatenate((starts, [len(codes)])))
    return b"".join(leb128(int(n) << 3 | int(codes[at])) for at, n in zip(starts, counts, strict=True))


def read_runs(runs: bytes) -> Codes:
    """The statuses of a checked coding, one code for each slot; read only."""
    return _codes_cached(runs) if len(runs) <= _CACHED_CODES else _codes(runs)


def _codes(runs: bytes) -> Codes:
    pairs = list(_runs(runs))
    codes = np.repeat(
        np.array([status for status, _ in pairs], np.uint8), np.array([count for _, count in pairs], np.int64)
    )
    codes.flags.writeable = False
    return codes


_codes_cached = lru_cache(1 << 10)(_codes)  # most frames of a log are whole: one short run


def has_value(codes: Codes) -> NDArray[np.bool_]:
    """For each slot, whether it has a value."""
    return _HAS_VALUE[codes]


def all_valued(codes: bytes) -> bool:
    """Whether every slot has a value, one byte for each slot; fast for many points with few slots."""
    return not codes.translate(None, _VALUED)


def count_statuses(runs: bytes) -> dict[Status, int]:
    """The number of slots by status; every status is a key."""
    counts = dict.fromkeys(Status, 0)
    for status, count in _runs(runs):
        counts[Status(status)] += count
    return counts


def total_slots(spans: Spans) -> int:
    return sum(points * slots for points, slots in spans)


def make_spans(slots_of_points: Iterable[int]) -> Spans:
    """The canonical spans for these numbers of slots, in the order of the points."""
    return join_spans((1, slots) for slots in slots_of_points)


def join_spans(pairs: Iterable[tuple[int, int]]) -> Spans:
    """Canonical spans: neighbouring pairs with equal slots become one pair."""
    spans: list[tuple[int, int]] = []
    for points, slots in pairs:
        if spans and spans[-1][1] == slots:
            spans[-1] = (spans[-1][0] + points, slots)
        else:
            spans.append((points, slots))
    return tuple(spans)


def slots_of_points(spans: Spans) -> list[int]:
    """The number of slots of each point, in order."""
    return [slots for points, slots in spans for _ in range(points)]


def spans_bytes(spans: Spans) -> bytes:
    """The canonical coding of these spans."""
    return b"".join(leb128(number) for pair in spans for number in pair)


def read_spans(runs: bytes, coded: bytes) -> Spans:
    """Parse spans; raises Malformed unless they and `runs` are canonical and `runs` fills them exactly."""
    return _read_cached(runs, coded) if len(runs) + len(coded) <= _CACHED else _read(runs, coded)


def _read(runs: bytes, coded: bytes) -> Spans:
    numbers = list(leb128_numbers(coded, "frame group"))
    if len(numbers) % 2:
        raise Malformed("frame group: a span without its slots")
    spans = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    check_runs(runs, spans)
    return spans


_read_cached = lru_cache(1 << 12)(_read)  # most frames repeat runs and spans


def check_runs(runs: bytes, spans: Spans) -> None:
    """Raise Malformed unless `runs` is canonical and fills `spans` exactly, and `spans` is canonical."""
    if any(points < 1 or slots < 0 for points, slots in spans):
        raise Malformed("frame group: a span of no points, or of fewer than no slots")
    expected = total_slots(spans)
    if expected > MAX_SLOTS or sum(points for points, _ in spans) > MAX_POINTS:
        raise Malformed(f"frame group: spans hold at most {MAX_POINTS} points and {MAX_SLOTS} slots")
    if any(a[1] == b[1] for a, b in zip(spans, spans[1:], strict=False)):
        raise Malformed("frame group: spans are not in their one spelling")
    coded, before = 0, -1
    for status, count in _runs(runs):
        if status == before:
            raise Malformed("frame group: two neighbouring runs of one status")
        coded, before = coded + count, status
    if coded != expected:
        raise Malformed(f"frame group: {coded} statuses for {expected} slots")


def _runs(runs: bytes) -> Iterator[tuple[int, int]]:
    for number in leb128_numbers(runs, "frame group"):
        if number >> 3 == 0 or number & 7 > _LAST:
            raise Malformed("frame group: a run is empty or of an unknown status")
        yield number & 7, number >> 3
