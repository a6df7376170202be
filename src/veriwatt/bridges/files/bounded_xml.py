"""The XML of a part of a workbook, which is refused where little of it would make its reader do or keep much.

A reader of XML builds every element whole, and begins again with a tag that is cut by the end of what it was given. So
no tag, comment or declaration may be long, and few elements and bytes may come between two that the reader takes up.
"""

from __future__ import annotations

import io
from typing import IO, Any
from xml.parsers import expat

from veriwatt.bridges.files.unreadable import UnreadableFile

LONGEST_MARKUP = 1 << 16
"""The most bytes of a tag with its attributes, a comment or a declaration."""

MOST_ELEMENTS = 1 << 18
"""The most elements of a row or a part that is read whole; a row of 16,384 cells has four times fewer."""

MOST_BYTES = 1 << 24
"""The most bytes of XML of a row."""

_REMEDY = "open and save it in Excel, or save it as CSV"


class BoundedXml(io.RawIOBase):
    """The bytes of a part; raises UnreadableFile where they ask for too much, as of the last `taken`."""

    def __init__(
        self, part: IO[bytes], file: str, name: str, *, most_bytes: int = MOST_BYTES, most_elements: int = MOST_ELEMENTS
    ) -> None:
        super().__init__()
        self._part, self.file, self._name = part, file, name
        self._most_bytes, self._most_elements = most_bytes, most_elements
        self._read, self._elements, self._bytes, self._line = 0, 0, 0, 0
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype

    def taken(self, line: int) -> None:
        """The reader has taken up the row of this line; what it had before is not kept."""
        self._elements, self._bytes, self._line = 0, 0, line

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._read

    def readinto(self, buffer: Any) -> int:
        read = self._part.read(len(buffer))
        self._check(read)
        buffer[: len(read)] = read
        return len(read)

    def close(self) -> None:
        self._part.close()
        super().close()

    def _check(self, read: bytes) -> None:
        self._read += len(read)
        self._bytes += len(read)
        self._elements += read.count(b"<") - read.count(b"</")
        self._parser.Parse(read, False)
        if self._read - self._parser.CurrentByteIndex > LONGEST_MARKUP:
            raise self._refused(f"a tag, with its attributes, or a comment of more than {LONGEST_MARKUP:,} bytes")
        if self._elements > self._most_elements:
            raise self._refused(f"more than {self._most_elements:,} elements of XML where Excel writes one row or part")
        if self._bytes > self._most_bytes:
            raise self._refused(f"more than {self._most_bytes:,} bytes of XML where Excel writes one row or part")

    def _refuse_doctype(self, *_: object) -> None:
        raise self._refused("a document type, which no workbook has")

    def _refused(self, what: str) -> UnreadableFile:
        behind = f"behind row {self._line} of" if self._line else "in"
        why = f"{what}, {behind} its part {self._name}"
        return UnreadableFile(file=self.file, line=self._line, why=why, remedy=_REMEDY)
