"""Gzip, unpacked as it is read and never beyond a stated size."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Any, BinaryIO

from veriwatt.bridges.files.unreadable import UnreadableFile

MAGIC = b"\x1f\x8b"

LARGEST = 8 << 30
"""Bytes that a file may unpack to."""

RATIO, RATIO_FROM = 500, 256 << 20
"""Beyond `RATIO_FROM` unpacked bytes a file may not be more than `RATIO` times as long as what was read."""


class Inflated(io.RawIOBase):
    """The unpacked bytes of a gzip file; every damage is `UnreadableFile`."""

    def __init__(self, raw: BinaryIO, file: str) -> None:
        super().__init__()
        self._raw, self._file, self._gzip, self._given = raw, file, gzip.GzipFile(fileobj=raw), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            count = self._gzip.readinto(buffer)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableFile(
                file=self._file, why=f"damaged or cut gzip: {error}", remedy="fetch the file again"
            ) from None
        self._given += count
        if self._given > LARGEST or self._given > max(RATIO_FROM, RATIO * self._raw.tell()):
            why = f"unpacks to more than {self._given >> 20} MiB, which no file of readings does"
            raise UnreadableFile(file=self._file, why=why, remedy="unpack it yourself and divide it")
        return count
