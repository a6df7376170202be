"""Unpack gzip while reading, up to a size limit."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Any, BinaryIO

from veriwatt.bridges.files.unreadable import UnreadableFile

MAGIC = b"\x1f\x8b"

LARGEST = 8 << 30
"""The most bytes to which a file may unpack."""

RATIO, RATIO_FROM = 500, 64 << 20
"""Beyond `RATIO_FROM` unpacked bytes, a file may unpack to at most `RATIO` times the bytes read: zeros of 500 points at
one minute unpack to 400 times. What is little is text that takes a second to look through."""


class Inflated(io.RawIOBase):
    """The unpacked bytes of a gzip file; raises UnreadableFile if it is damaged or unpacks to too much."""

    def __init__(self, raw: BinaryIO, file: str) -> None:
        super().__init__()
        self._raw, self._file, self._gzip, self._unpacked = raw, file, gzip.GzipFile(fileobj=raw), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            count = self._gzip.readinto(buffer)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableFile(
                file=self._file, why=f"damaged or cut gzip: {error}", remedy="fetch the file again"
            ) from None
        self._unpacked += count
        read = self._raw.tell()
        if self._unpacked > LARGEST or self._unpacked > max(RATIO_FROM, RATIO * read):
            why = f"its first {read:,} bytes unpack to {self._unpacked:,}, which no file of readings does"
            raise UnreadableFile(file=self._file, why=why, remedy="unpack it yourself and divide it")
        return count
