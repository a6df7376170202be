"""Read a whole file of readings with a mapping: the series of each point, and the rejections."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from veriwatt.bridges.files.build_series import SeriesBuilder
from veriwatt.bridges.files.cell_texts import CellTexts
from veriwatt.bridges.files.mapping import Mapping
from veriwatt.bridges.files.open_source import open_source
from veriwatt.bridges.files.other_parts import FileParts
from veriwatt.bridges.files.point_columns import match_columns
from veriwatt.bridges.files.point_rows import PointRowReader
from veriwatt.bridges.files.raw_file import digest_of, open_raw, stem_of
from veriwatt.bridges.files.repeated_rows import without_repeated_rows
from veriwatt.bridges.files.row_source import Progress, RowSource
from veriwatt.bridges.files.unreadable import UnreadableFile
from veriwatt.ids import Digest
from veriwatt.metering.rejections import Rejection, Rejections, shortened
from veriwatt.metering.series import SourceReadings
from veriwatt.model.frames.origin import File
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file of readings: its name, and SHA-256 of its bytes as stored on the disk."""

    name: str
    sha256: Digest

    def origin(self, settings: Digest) -> File:
        return File(self.sha256, self.name, settings)


def read_file(
    path: Path,
    mapping: Mapping,
    *,
    now: UtcMillis,
    allow_gaps: bool = False,
    on_progress: Progress | None = None,
    on_rejection: Callable[[Rejection], None] | None = None,
) -> SourceReadings:
    """Read delimited text (plain or gzip), an Excel workbook or a Parquet file, recognised by its first bytes.

    Args:
        path: the file; its name without extension fills `{stem}`.
        now: the present; a row whose slot has not ended is left out, or rejected.
        allow_gaps: accept holes so long that a date is likely to be wrong.
        on_progress: called after each batch of rows with the amount read and the total.
        on_rejection: called with every rejection.

    Raises:
        BadInput: the file cannot be opened, or the disk fails. All other errors are rejections in the result.
    """
    rejections = Rejections(path.name, on_rejection)
    with open_raw(path) as raw:
        source = FileSource(path.name, digest_of(raw))
        try:
            reading = _FileReading(raw, path, mapping, rejections, on_progress)
            found = reading.read(source, now, allow_gaps)
            if digest_of(raw) != source.sha256:
                raise _changed(path)
        except UnreadableFile as error:
            rejection = _rejection(error)
            if on_rejection is not None:
                on_rejection(rejection)
            return SourceReadings(source, (), 0, (rejection,), 1)
        except OSError as error:
            raise UnreadableFile(file=path.name, why=f"cannot be read: {error}", remedy="try again") from error
    return found


def _changed(path: Path) -> UnreadableFile:
    return UnreadableFile(file=path.name, why="changed while it was read", remedy="import a copy of it")


@contextmanager
def _opened_again(path: Path, mapping: Mapping, source: FileSource) -> Iterator[RowSource]:
    """The rows of a file that was read and closed; raises BadInput if it is not there, or another one by now."""
    with open_raw(path) as raw:
        if digest_of(raw) != source.sha256:
            raise _changed(path)
        yield open_source(raw, mapping, Rejections(path.name), None)


def _rejection(error: UnreadableFile) -> Rejection:
    """The rejection of a file that cannot be read."""
    value, why = shortened(str(error.value or "")), f"{error.why}; {error.remedy}"
    return Rejection(error.file, error.line, error.field, value, why)


class _FileReading:
    """One file that is being read, perhaps more than once."""

    def __init__(
        self, raw: BinaryIO, path: Path, mapping: Mapping, rejections: Rejections, on_progress: Progress | None
    ) -> None:
        self._raw, self._path, self._mapping = raw, path, mapping
        self._rejections, self._on_progress = rejections, on_progress

    def read(self, source: FileSource, now: UtcMillis, allow_gaps: bool) -> SourceReadings:
        file, mapping, rejections = self._path.name, self._mapping, self._rejections
        with ExitStack() as stack:
            rows = stack.enter_context(self._opened(rejections, self._on_progress))
            timestamp, columns = match_columns(mapping, rows.columns, file=file, stem=stem_of(self._path))
            reader = PointRowReader(mapping, timestamp, columns, rejections, now)
            by_point, repeated = without_repeated_rows(
                reader.read(rows), lambda: stack.enter_context(self._opened(Rejections(file), None))
            )
        indexes = sorted({column.index for column in columns})
        every = rejections.on_each is not None
        texts = CellTexts(lambda: self._opened(Rejections(file), None), timestamp, indexes, every=every)
        builder = SeriesBuilder(mapping, rejections, texts, allow_gaps=allow_gaps)
        later = CellTexts(lambda: _opened_again(self._path, mapping, source), timestamp, indexes, every=every)
        built = ((of_point.column, builder.build(of_point)) for of_point in by_point)
        series = tuple(
            replace(
                each,
                texts=partial(later.values, column=column.index),
                parts=FileParts(mapping, column, rows.sheets, rows.columns),
            )
            for column, each in built
            if each is not None
        )
        if not series and not rejections.count and not reader.not_ended:
            why = "no data row: no row holds a reading" if reader.rows else "no data row: only a header"
            raise UnreadableFile(file=file, why=why, remedy="name a file with readings")
        found, count = rejections.first(), rejections.count
        left_out = repeated, len(reader.not_ended), len(reader.without_value), len(builder.set_aside)
        return SourceReadings(source, series, reader.rows, found, count, *left_out, builder.blanks_beyond, rows.sheet)

    @contextmanager
    def _opened(self, rejections: Rejections, on_progress: Progress | None) -> Iterator[RowSource]:
        self._raw.seek(0)
        # The readers of text and tables close the file.
        with os.fdopen(os.dup(self._raw.fileno()), "rb") as own:
            yield open_source(own, self._mapping, rejections, on_progress)
