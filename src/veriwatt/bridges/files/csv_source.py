"""Delimited text such as CSV, plain or in gzip."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import BinaryIO

from veriwatt.bridges.files.inflate import MAGIC, Inflated
from veriwatt.bridges.files.row_source import Progress, RowBatch, numbered, rows_per_batch
from veriwatt.bridges.files.unreadable import UnreadableFile
from veriwatt.metering.rejections import Rejections

CHUNK = 1 << 18
"""The bytes that are decoded at a time."""

LONGEST_LINE = 1 << 20
"""The most characters of a line."""

LINES_MORE = 1 << 20
"""By how many the lines of a packed file may be more than its bytes: of lines that differ, each takes two bytes."""

LINES_OF_RECORD = 1_000
"""The most lines of a record; more means an unclosed quote."""


class CsvSource:
    """Rows of a delimited text file; the first row that is not blank names the columns, if there is a `header`.

    Blank lines and rows of empty fields are skipped. The line number of a record is that of its first physical line,
    from 1.
    """

    sheet: str | None = None
    sheets: tuple[str, ...] = ()

    def __init__(
        self,
        raw: BinaryIO,
        *,
        file: str,
        delimiter: str,
        encoding: str,
        header: bool,
        rejections: Rejections,
        on_progress: Progress | None,
    ) -> None:
        self._file, self._rejections = file, rejections
        self._text = _TextLines(raw, encoding, file, on_progress)
        self._reader = csv.reader(self._text.lines(), delimiter=delimiter, strict=True)
        with self._parsing():
            first = next(filter(any, self._reader), None)
        if first is None:
            raise UnreadableFile(file=file, why="no data row: the file is empty", remedy="name a file with readings")
        self.columns = tuple(first) if header else numbered(len(first))
        self._unread = [] if header else [first]
        self._text.of_whole_records = self._reader.line_num - len(self._unread)

    def batches(self, timestamp: int, wanted: Sequence[int]) -> Iterator[RowBatch]:
        for lines, rows in self._rows(rows_per_batch(len(self.columns) + 1)):
            yield RowBatch(lines, [row[timestamp] for row in rows], [[row[i] for row in rows] for i in wanted])

    def whole_rows(self) -> Iterator[tuple[int, Sequence[object]]]:
        for lines, rows in self._rows(rows_per_batch(len(self.columns))):
            yield from zip(lines, rows, strict=True)

    def _rows(self, size: int) -> Iterator[tuple[list[int], list[list[str]]]]:
        """Line numbers and fields of the rows as wide as the header, at most `size` at a time; others are rejected."""
        text, reader, width = self._text, self._reader, len(self.columns)
        lines: list[int] = []
        rows: list[list[str]] = []
        with self._parsing():
            for row in chain(self._unread, reader):
                if len(row) == width and any(row):
                    lines.append(text.of_whole_records + 1)
                    rows.append(row)
                elif any(row):
                    self._reject(text.of_whole_records + 1, row, width)
                text.of_whole_records = reader.line_num
                if len(rows) >= size:
                    yield lines, rows
                    lines, rows = [], []
        if rows:
            yield lines, rows

    @contextmanager
    def _parsing(self) -> Iterator[None]:
        try:
            yield
        except csv.Error as error:
            line, why = self._text.of_whole_records + 1, f"no record of delimited text: {error}"
            raise UnreadableFile(file=self._file, line=line, why=why, remedy="check `delimiter` and quotes") from None

    def _reject(self, line: int, row: list[str], width: int) -> None:
        self._rejections.unplaced.append(line)
        why = f"a row of another field count: {len(row)} fields where the first row has {width}"
        self._rejections.add(line, "", ",".join(row[:20]), why)


class _TextLines:
    """The lines of an encoded text, plain or in gzip, decoded in chunks.

    `count` is the number of lines read; the CSV reader sets `of_whole_records`, the number of those in complete
    records.
    """

    def __init__(self, raw: BinaryIO, encoding: str, file: str, on_progress: Progress | None) -> None:
        packed = raw.read(len(MAGIC)) == MAGIC
        self._raw, self._size, self._on_progress = raw, raw.seek(0, io.SEEK_END), on_progress
        raw.seek(0)
        self._plain: BinaryIO | Inflated = Inflated(raw, file) if packed else raw
        self._file, self._encoding, self._utf8 = file, encoding, encoding == "utf-8-sig"
        # Undecodable bytes become lone surrogates, so that `_check_utf8` can report their line.
        errors = "surrogateescape" if self._utf8 else "strict"
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self.count, self.of_whole_records = 0, 0

    def lines(self) -> Iterator[str]:
        """All lines, without a byte order mark before the first."""
        lines = chain.from_iterable(self._chunks())
        return chain((first.removeprefix("\ufeff") for first in islice(lines, 1)), lines)

    def _chunks(self) -> Iterator[list[str]]:
        rest = ""
        while raw := self._plain.read(CHUNK):
            self._charge(self._raw.tell())
            chunk = self._decoded(raw)
            lines = io.StringIO(rest + chunk, newline="").readlines() or [""]
            rest = lines.pop()
            if len(rest) > LONGEST_LINE or self.count - self.of_whole_records > LINES_OF_RECORD:
                why = "a record too long to be readings; perhaps a quote is never closed"
                raise self._unreadable(self.of_whole_records + 1, why, "check that it is delimited text")
            if self._utf8 and not chunk.isascii():
                self._check_utf8([*lines, rest])
            self.count += len(lines)
            yield lines
        rest += self._decoded(b"")
        self._check_utf8([rest])
        if rest:
            yield [rest]

    def _charge(self, read: int) -> None:
        if self._on_progress is not None:
            self._on_progress(read, self._size)
        if self.count > LINES_MORE + read:
            why = f"{self.count:,} lines in {read:,} bytes, which can only be blank lines, or one line again and again"
            raise self._unreadable(self.count + 1, why, "unpack it yourself, and delete these lines")

    def _decoded(self, raw: bytes) -> str:
        try:
            return self._decoder.decode(raw, final=not raw)
        except UnicodeError as error:
            why = f"not {self._encoding} here or soon after: {error}"
            raise self._unreadable(self.count + 1, why, "name another `encoding`") from None

    def _check_utf8(self, lines: list[str]) -> None:
        for number, line in enumerate(lines, self.count + 1):
            try:
                line.encode()
            except UnicodeEncodeError:
                remedy = 'name its encoding in the mapping: encoding = "gb18030", "latin-1", "utf-16" ...'
                raise self._unreadable(number, "not UTF-8", remedy) from None

    def _unreadable(self, line: int, why: str, remedy: str) -> UnreadableFile:
        return UnreadableFile(file=self._file, line=line, why=why, remedy=remedy)
