"""A range that a block wrote is the one that the next block reads, and no other bytes are taken for it."""

from __future__ import annotations

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import encode
from veriwatt.errors import Malformed
from veriwatt.machine import range_cache
from veriwatt.machine.range_cache import RangeCache
from veriwatt.merkle.compact_range import CompactRange


def of_size(size: int) -> CompactRange:
    return CompactRange.empty().extend(sha256(b"%d" % at) for at in range(size))


def test_what_was_written_or_parsed_is_not_parsed_again() -> None:
    ranges, written, stored = RangeCache(), of_size(7), of_size(5)
    assert ranges.parse(ranges.to_bytes(written)) is written
    raw = encode(stored.fields())
    assert ranges.parse(raw) == stored
    assert ranges.parse(raw) is ranges.parse(raw)


def test_bytes_that_are_no_range_are_refused_again_and_again() -> None:
    ranges = RangeCache()
    raw = ranges.to_bytes(of_size(7))
    for _ in range(2):
        with pytest.raises(Malformed):
            ranges.parse(raw + b"\0")


def test_no_more_than_twice_its_number_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(range_cache, "CACHED_RANGES", 4)
    ranges = RangeCache()
    raws = [ranges.to_bytes(of_size(size)) for size in range(1, 20)]
    first, newest = of_size(1), of_size(19)
    assert ranges.parse(raws[0]) == first
    assert ranges.parse(raws[-1]) == newest
    assert len(ranges) <= 2 * 4
