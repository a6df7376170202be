"""Parquet files, read by pyarrow a batch at a time.

Decimals, integers and texts are exact; a float is read as the shortest decimal for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from veriwatt.bridges.files.row_source import Progress, RowBatch, rows_per_batch
from veriwatt.bridges.files.timestamps import Cell
from veriwatt.bridges.files.unreadable import UnreadableFile

LARGEST = 4 << 30
"""The most bytes to which all columns together may unpack."""

LONGEST_TEXT = 1 << 12
"""The most bytes of the text of a cell."""


class ParquetSource:
    """Rows of a Parquet file; a line is the row number, from 1."""

    sheet: str | None = None
    sheets: tuple[str, ...] = ()

    def __init__(self, raw: BinaryIO, *, file: str, on_progress: Progress | None) -> None:
        self._file, self._on_progress = file, on_progress
        try:
            metadata = pq.read_metadata(raw)
            schema = metadata.schema.to_arrow_schema()
            # Texts stay dictionary-encoded, so that their lengths are checked before they are expanded to rows.
            texts = [field.name for field in schema if _is_text(field.type)]
            self._parquet = pq.ParquetFile(raw, metadata=metadata, read_dictionary=texts)
            size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(error) from None
        if size > LARGEST:
            raise UnreadableFile(file=file, why=f"a table that unpacks to {size >> 20} MiB", remedy="divide it")
        self.columns = tuple(schema.names)
        self._total = metadata.num_rows

    def batches(self, timestamp: int, wanted: Sequence[int]) -> Iterator[RowBatch]:
        names = [self.columns[i] for i in (timestamp, *wanted)]
        first = 1
        for table in self._tables(list(dict.fromkeys(names)), rows_per_batch(len(names))):
            lines = range(first, first + table.num_rows)
            first += table.num_rows
            if self._on_progress is not None:
                self._on_progress(first - 1, self._total)
            timestamps, *cells = (self._column(table, name, is_timestamp=i == 0) for i, name in enumerate(names))
            yield RowBatch(lines, timestamps, cells)

    def whole_rows(self) -> Iterator[tuple[int, Sequence[object]]]:
        line = 0
        for table in self._tables(list(self.columns), rows_per_batch(len(self.columns))):
            for row in table.to_pylist():
                line += 1
                yield line, list(row.values())

    def _tables(self, names: list[str], rows: int) -> Iterator[Any]:
        try:
            yield from self._parquet.iter_batches(batch_size=rows, columns=names)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(error) from None

    def _column(self, table: Any, name: str, *, is_timestamp: bool) -> list[Any]:
        column = table.column(name)
        try:
            return _times(column) if is_timestamp and _is_time(column.type) else self._texts(column, name)
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            raise UnreadableFile(
                file=self._file, field=name, why=f"a column that cannot be read: {error}", remedy="write it as text"
            ) from None

    def _texts(self, column: Any, name: str) -> list[str]:
        kind = column.type
        if pa.types.is_dictionary(kind):
            if (pc.max(pc.binary_length(column.dictionary)).as_py() or 0) > LONGEST_TEXT:
                raise self._unsupported(name, "cells too long for numbers", None)
            column, kind = column.dictionary_decode(), kind.value_type
        is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        if not (is_number or _is_text(kind) or pa.types.is_null(kind)):
            raise self._unsupported(name, "a column of this type", str(kind))
        return ["" if text is None else text for text in column.cast(pa.string()).to_pylist()]

    def _unsupported(self, name: str, why: str, value: str | None) -> UnreadableFile:
        remedy = "map a column of decimals, integers, floats or short texts"
        return UnreadableFile(file=self._file, field=name, value=value, why=why, remedy=remedy)

    def _damaged(self, error: Exception) -> UnreadableFile:
        return UnreadableFile(file=self._file, why=f"damaged Parquet: {error}", remedy="fetch the file again")


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_time(kind: Any) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _times(column: Any) -> list[Cell]:
    """Dates, or datetimes, in UTC if the column has a zone; the empty text for null. Fails below a microsecond."""
    if pa.types.is_date(column.type):
        return ["" if day is None else day for day in column.cast(pa.date32()).to_pylist()]
    zone = "UTC" if pa.types.is_timestamp(column.type) and column.type.tz else None
    return ["" if at is None else at for at in column.cast(pa.timestamp("us", zone)).to_pylist()]
