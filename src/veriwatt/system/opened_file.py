"""A file that is read in parts, as long as it was when it was opened; also after it was removed."""

from __future__ import annotations

import os
from pathlib import Path

from veriwatt.system.special_files import check_regular

STEP = 1 << 20
"""Bytes searched at a time."""


class OpenedFile:
    """The bytes of a file, sliced and searched like a bytes object. Bytes that were cut off meanwhile are missing."""

    def __init__(self, path: Path) -> None:
        """Raises NotAFile or OSError."""
        check_regular(path)
        self._handle = os.open(path, os.O_RDONLY)
        self._size = os.fstat(self._handle).st_size

    def close(self) -> None:
        os.close(self._handle)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        """The bytes `[start, stop)`; both are given or left out, and not negative."""
        start, stop, _ = part.indices(self._size)
        found = bytearray()
        while start + len(found) < stop:
            more = os.pread(self._handle, min(stop - start - len(found), STEP), start + len(found))
            if not more:
                break
            found += more
        return bytes(found)

    def find(self, wanted: bytes, start: int) -> int:
        """The first place of `wanted` at `start` or after it; -1 if there is none."""
        while start < self._size:
            at = self[start : start + STEP + len(wanted) - 1].find(wanted)
            if at >= 0:
                return start + at
            start += STEP
        return -1
