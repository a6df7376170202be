"""The settings under which other parts of a file are read, by the same mapping: its other sheets and columns.

An import compares them with the settings of earlier imports of the file, which frames state as a digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from veriwatt.bridges.files.mapping import Mapping
from veriwatt.bridges.files.point_columns import PointColumn, settings_of
from veriwatt.ids import Digest

MOST_COLUMNS = 64
"""Of a file with more columns only those are other parts whose timestamps are in the same column."""


@dataclass(frozen=True, slots=True)
class FileParts:
    """The parts of a file beside a point's own column: the names of its sheets, if it has any, and of its columns."""

    mapping: Mapping
    column: PointColumn
    sheets: tuple[str, ...]
    columns: tuple[str, ...]

    def sheet_settings(self) -> tuple[Digest, ...]:
        """The settings of this column in each sheet of the file, in one order for all points; the first sheet twice."""
        sheets = (None, *self.sheets) if self.sheets else ()
        rule, name = self.column.rule, self.column.name
        return tuple(settings_of(replace(self.mapping, sheet=sheet), rule, name) for sheet in sheets)

    def column_settings(self) -> Iterator[Digest]:
        """The settings of every other column, with its timestamps in any column: tables may stand side by side."""
        timestamps = self.columns if len(self.columns) <= MOST_COLUMNS else (self.mapping.timestamp,)
        for timestamp in timestamps:
            mapping = replace(self.mapping, timestamp=timestamp)
            for name in self.columns:
                if name not in (self.column.name, timestamp):
                    yield settings_of(mapping, self.column.rule, name)
