"""Compact ranges by their bytes: a block reads what the one before wrote, and a network reads it four times."""

from __future__ import annotations

from veriwatt.encoding import decode, encode
from veriwatt.merkle.compact_range import CompactRange

CACHED_RANGES = 1 << 12
"""Ranges that are kept, of a kilobyte or two, and at most as many again."""


class RangeCache:
    """The newest ranges that were parsed or written. Callable from many threads: at worst a range is parsed twice."""

    __slots__ = ("_newer", "_older")

    def __init__(self) -> None:
        self._newer, self._older = dict[bytes, CompactRange](), dict[bytes, CompactRange]()

    def __len__(self) -> int:
        return len(self._newer) + len(self._older)

    def parse(self, raw: bytes) -> CompactRange:
        """The range that `raw` encodes; raises Malformed if it encodes none."""
        found = self._newer.get(raw)
        if found is None:
            found = self._older.get(raw) or CompactRange.parse(decode(raw, "compact range"))
            self._keep(raw, found)
        return found

    def to_bytes(self, compact: CompactRange) -> bytes:
        raw = encode(compact.fields())
        self._keep(raw, compact)
        return raw

    def _keep(self, raw: bytes, compact: CompactRange) -> None:
        if len(self._newer) >= CACHED_RANGES:
            self._newer, self._older = {}, self._newer
        self._newer[raw] = compact
