"""A file of readings, read whole under a mapping: what it says of each point, and what had to be refused."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from veriwatt.bridges.files.collect import collect
from veriwatt.bridges.files.columns import pick_columns
from veriwatt.bridges.files.csv_source import CsvSource
from veriwatt.bridges.files.mapping import Mapping
from veriwatt.bridges.files.series import SeriesMaker
from veriwatt.bridges.files.source import Progress, Source, digest_of, open_raw, stem_of
from veriwatt.bridges.files.unreadable import UnreadableFile
from veriwatt.ids import Digest
from veriwatt.metering.rejections import Rejection, Rejections, shortened
from veriwatt.metering.series import Series, SourceReadings
from veriwatt.model.frames.origin import File

PARQUET, ZIP = b"PAR1", b"PK\x03\x04"
"""Bytes at both ends of a Parquet file, and at the beginning of a workbook."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file of readings: its name, and SHA-256 of its bytes as stored on the disk."""

    name: str
    sha256: Digest

    def origin(self, settings: Digest) -> File:
        return File(self.sha256, self.name, settings)


def read_file(path: Path, mapping: Mapping, *, on_progress: Progress | None = None) -> SourceReadings:
    """Read delimited text (plain or gzip), an Excel workbook or a Parquet file; which, its first bytes say.

    Args:
        path: the file; its name without extension fills `{stem}`.
        on_progress: called now and then with how much is read and how much there is.

    Raises:
        BadInput: the file cannot be opened, or changed while it was read. Everything else that is
            wrong with it is among the rejections.
    """
    rejections = Rejections(path.name)
    with open_raw(path) as raw:
        source = FileSource(path.name, digest_of(raw))
        try:
            # Readers of text and tables close what they read from.
            with os.fdopen(os.dup(raw.fileno()), "rb") as own:
                rows, series = _read(own, path, mapping, rejections, on_progress)
            if digest_of(raw) != source.sha256:
                raise UnreadableFile(file=path.name, why="changed while it was read", remedy="import a copy of it")
        except UnreadableFile as problem:
            return SourceReadings(source, (), 0, (_rejection(problem),), 1)
        except OSError as error:
            raise UnreadableFile(file=path.name, why=f"cannot be read: {error}", remedy="try again") from error
    return SourceReadings(source, series, rows, rejections.first(), rejections.count)


def _rejection(error: UnreadableFile) -> Rejection:
    """The one rejection of a file that cannot be read."""
    value, why = shortened(str(error.value or "")), f"{error.why}; {error.remedy}"
    return Rejection(error.file, error.line, error.field, value, why)


def _read(
    raw: BinaryIO, path: Path, mapping: Mapping, rejections: Rejections, on_progress: Progress | None
) -> tuple[int, tuple[Series, ...]]:
    source = _open(raw, mapping, rejections, on_progress)
    stamp, picks = pick_columns(mapping, source.columns, file=path.name, stem=stem_of(path))
    rows, collected = collect(source, mapping, stamp, picks, rejections)
    if not collected and not rejections.count:
        why = "no data row: no row holds a reading" if rows else "no data row: only a header"
        raise UnreadableFile(file=path.name, why=why, remedy="name a file with readings")
    maker = SeriesMaker(rejections)
    made = [maker.make(rows_of_point) for rows_of_point in collected]
    return rows, tuple(series for series in made if series is not None)


def _open(raw: BinaryIO, mapping: Mapping, rejections: Rejections, on_progress: Progress | None) -> Source:
    file = rejections.source
    head = raw.read(4)
    size = raw.seek(0, io.SEEK_END)
    raw.seek(max(0, size - 4))
    tail = raw.read(4)
    raw.seek(0)
    # Their libraries take long to load, and most files are text.
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
