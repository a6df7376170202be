"""Parquet files, read by pyarrow a batch at a time.

Decimals, integers and texts are exact; a float is taken as the shortest decimal that denotes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from veriwatt.bridges.files.rejections import Unreadable
from veriwatt.bridges.files.source import Batch, Progress, batch_rows
from veriwatt.bridges.files.stamps import Cell

MAGIC = b"PAR1"

LARGEST = 4 << 30
"""Bytes that the columns may unpack to together."""

LONGEST_TEXT = 1 << 16
"""Bytes of the longest text of a cell."""


class ParquetSource:
    """Rows of a Parquet file; `line` is the row's number, from 1."""

    def __init__(self, raw: BinaryIO, *, file: str, on_progress: Progress | None) -> None:
        self._file, self._on_progress = file, on_progress
        try:
            self._parquet = pq.ParquetFile(raw)
            metadata, schema = self._parquet.metadata, self._parquet.schema_arrow
            size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(error) from None
        if size > LARGEST:
            raise Unreadable(file=file, why=f"a table that unpacks to {size >> 20} MiB", remedy="divide it")
        self.columns = tuple(schema.names)
        self._total = metadata.num_rows

    def batches(self, stamp: int, wanted: Sequence[int]) -> Iterator[Batch]:
        names = [self.columns[i] for i in (stamp, *wanted)]
        first = 1
        for table in self._tables(list(dict.fromkeys(names)), batch_rows(len(names))):
            lines = range(first, first + table.num_rows)
            first += table.num_rows
            if self._on_progress is not None:
                self._on_progress(first - 1, self._total)
            stamps, *cells = (self._column(table, name, is_stamp=i == 0) for i, name in enumerate(names))
            yield Batch(lines, stamps, cells)

    def _tables(self, names: list[str], rows: int) -> Iterator[Any]:
        try:
            yield from self._parquet.iter_batches(batch_size=rows, columns=names)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(error) from None

    def _column(self, table: Any, name: str, *, is_stamp: bool) -> list[Any]:
        column = table.column(name)
        try:
            return _times(column) if is_stamp and _is_time(column.type) else self._texts(column, name)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise Unreadable(
                file=self._file, field=name, why=f"a column that cannot be read: {error}", remedy="write it as text"
            ) from None

    def _texts(self, column: Any, name: str) -> list[str]:
        kind = column.type
        if pa.types.is_dictionary(kind):
            column, kind = column.dictionary_decode(), kind.value_type
        if not (
            pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
            or pa.types.is_string(kind) or pa.types.is_large_string(kind)
        ):  # fmt: skip
            remedy = "map a column of decimals, integers, floats or texts"
            raise Unreadable(file=self._file, field=name, value=str(kind), why="a column of this type", remedy=remedy)
        if column.nbytes > LONGEST_TEXT * max(1, len(column)):
            raise Unreadable(file=self._file, field=name, why="cells too long for numbers", remedy="map another column")
        return ["" if text is None else text for text in column.cast(pa.string()).to_pylist()]

    def _damaged(self, error: Exception) -> Unreadable:
        return Unreadable(file=self._file, why=f"damaged Parquet: {error}", remedy="fetch the file again")


def _is_time(kind: Any) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _times(column: Any) -> list[Cell]:
    """Datetimes, of UTC where the column is; a null is the empty text. Finer than a microsecond is refused."""
    zone = "UTC" if pa.types.is_timestamp(column.type) and column.type.tz else None
    return ["" if at is None else at for at in column.cast(pa.timestamp("us", zone)).to_pylist()]
