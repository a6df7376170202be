"""Read a whole file of readings with a mapping: the series of each point, and the rejections."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from veriwatt.bridges.files.build_series import SeriesBuilder
from veriwatt.bridges.files.csv_source import CsvSource
from veriwatt.bridges.files.mapping import Mapping
from veriwatt.bridges.files.point_columns import match_columns
from veriwatt.bridges.files.point_rows import read_point_rows
from veriwatt.bridges.files.raw_file import digest_of, open_raw, stem_of
from veriwatt.bridges.files.row_source import Progress, RowSource
from veriwatt.bridges.files.unreadable import UnreadableFile
from veriwatt.ids import Digest
from veriwatt.metering.rejections import Rejection, Rejections, shortened
from veriwatt.metering.series import Series, SourceReadings
from veriwatt.model.frames.origin import File

PARQUET, ZIP = b"PAR1", b"PK\x03\x04"
"""The magic bytes at both ends of a Parquet file, and at the beginning of a workbook."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file of readings: its name, and SHA-256 of its bytes as stored on the disk."""

    name: str
    sha256: Digest

    def origin(self, settings: Digest) -> File:
        return File(self.sha256, self.name, settings)


def read_file(path: Path, mapping: Mapping, *, on_progress: Progress | None = None) -> SourceReadings:
    """Read delimited text (plain or gzip), an Excel workbook or a Parquet file, recognised by its first bytes.

    Args:
        path: the file; its name without extension fills `{stem}`.
        on_progress: called after each batch of rows with the amount read and the total.

    Raises:
        BadInput: the file cannot be opened, or the disk fails. All other errors are rejections in the result.
    """
    rejections = Rejections(path.name)
    with open_raw(path) as raw:
        source = FileSource(path.name, digest_of(raw))
        try:
            # The readers of text and tables close the file.
            with os.fdopen(os.dup(raw.fileno()), "rb") as own:
                rows, series = _read(own, path, mapping, rejections, on_progress)
            if digest_of(raw) != source.sha256:
                raise UnreadableFile(file=path.name, why="changed while it was read", remedy="import a copy of it")
        except UnreadableFile as error:
            return SourceReadings(source, (), 0, (_rejection(error),), 1)
        except OSError as error:
            raise UnreadableFile(file=path.name, why=f"cannot be read: {error}", remedy="try again") from error
    return SourceReadings(source, series, rows, rejections.first(), rejections.count)


def _rejection(error: UnreadableFile) -> Rejection:
    """The rejection of a file that cannot be read."""
    value, why = shortened(str(error.value or "")), f"{error.why}; {error.remedy}"
    return Rejection(error.file, error.line, error.field, value, why)


def _read(
    raw: BinaryIO, path: Path, mapping: Mapping, rejections: Rejections, on_progress: Progress | None
) -> tuple[int, tuple[Series, ...]]:
    source = _open(raw, mapping, rejections, on_progress)
    timestamp, columns = match_columns(mapping, source.columns, file=path.name, stem=stem_of(path))
    rows, by_point = read_point_rows(source, mapping, timestamp, columns, rejections)
    if not by_point and not rejections.count:
        why = "no data row: no row holds a reading" if rows else "no data row: only a header"
        raise UnreadableFile(file=path.name, why=why, remedy="name a file with readings")
    builder = SeriesBuilder(rejections)
    built = [builder.build(point_rows) for point_rows in by_point]
    return rows, tuple(series for series in built if series is not None)


def _open(raw: BinaryIO, mapping: Mapping, rejections: Rejections, on_progress: Progress | None) -> RowSource:
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
    if head == ZIP:
        from veriwatt.bridges.files.excel_source import ExcelSource

        return ExcelSource(raw, file=file, sheet=mapping.sheet, rejections=rejections, on_progress=on_progress)
    return CsvSource(
        raw,
        file=file,
        delimiter=mapping.delimiter,
        encoding=mapping.encoding,
        rejections=rejections,
        on_progress=on_progress,
    )
