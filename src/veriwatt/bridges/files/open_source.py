"""Open a file as a source of rows: its kind is recognised by its first bytes."""

from __future__ import annotations

import io
from typing import BinaryIO

from veriwatt.bridges.files.csv_source import CsvSource
from veriwatt.bridges.files.mapping import Mapping
from veriwatt.bridges.files.row_source import Progress, RowSource
from veriwatt.bridges.files.unreadable import UnreadableFile
from veriwatt.metering.rejections import Rejections

PARQUET, ZIP = b"PAR1", b"PK\x03\x04"
"""The magic bytes at both ends of a Parquet file, and at the beginning of a workbook."""


def open_source(raw: BinaryIO, mapping: Mapping, rejections: Rejections, on_progress: Progress | None) -> RowSource:
    """The rows of an open file; raises UnreadableFile if it is damaged, or its first row is no header."""
    file = rejections.source
    head = raw.read(4)
    size = raw.seek(0, io.SEEK_END)
    raw.seek(max(0, size - 4))
    tail = raw.read(4)
    raw.seek(0)
    # These libraries take long to load, and most files are text.
    if head == tail == PARQUET:
        from veriwatt.bridges.files.parquet_source import ParquetSource

        return ParquetSource(raw, file=file, on_progress=on_progress)
    source: RowSource
    has_header = mapping.header is not False
    if head == ZIP:
        from veriwatt.bridges.files.excel_source import ExcelSource

        source = ExcelSource(
            raw, file=file, sheet=mapping.sheet, header=has_header, rejections=rejections, on_progress=on_progress
        )
    else:
        source = CsvSource(
            raw,
            file=file,
            delimiter=mapping.delimiter,
            encoding=mapping.encoding,
            header=has_header,
            rejections=rejections,
            on_progress=on_progress,
        )
    if mapping.header is None:
        _check_header(mapping, source.columns, file)
    return source


def _check_header(mapping: Mapping, names: tuple[str, ...], file: str) -> None:
    """Raise UnreadableFile if the first row looks like data: it holds a time where the header has the stamps' name."""
    asked = (mapping.timestamp,) if mapping.timestamp in names else names
    for at, name in enumerate(names, 1):
        if name in asked and mapping.format.is_time(name):
            raise UnreadableFile(
                file=file,
                line=1,
                field=name,
                value=name,
                why="the first row looks like data, not like the names of columns",
                remedy=f'if the file has no header, write header = false and timestamp = "{at}", and name every column '
                "by its number from 1; if this is the header, header = true",
            )
