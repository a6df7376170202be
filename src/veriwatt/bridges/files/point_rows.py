"""Read all rows of a file as integers: for each point, the slot and mantissa of every row with a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from veriwatt.bridges.files.decimals import BAD, MISSING, Decimals
from veriwatt.bridges.files.mapping import Mapping, PointRule
from veriwatt.bridges.files.point_columns import PointColumn
from veriwatt.bridges.files.row_source import RowBatch, RowSource
from veriwatt.bridges.files.timestamps import NO_TIME, SourceClock, Timestamps
from veriwatt.bridges.files.unreadable import UnreadableFile
from veriwatt.energy.calendar import Grid
from veriwatt.metering.rejections import MOST_LISTED, Rejections

MOST_CELLS = 20_000_000
"""The most readings of one file: a year of 38 points at one minute."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PointRows:
    """The rows of a point that have a value, in the file's order: line, start of the slot, and mantissa."""

    column: PointColumn
    lines: Numbers
    slots: Numbers
    mantissas: Numbers


class _Slotting(NamedTuple):
    """The conversion of timestamps to slots; points with an equal conversion share its result."""

    clock: SourceClock
    grid: Grid
    ends: bool

    @classmethod
    def of(cls, rule: PointRule) -> _Slotting:
        return cls(rule.clock, rule.grid, rule.ends)


def read_point_rows(
    source: RowSource, mapping: Mapping, timestamp: int, columns: tuple[PointColumn, ...], rejections: Rejections
) -> tuple[int, tuple[PointRows, ...]]:
    """The number of data rows, and the rows of each point with values; rejected cells are added to `rejections`.

    Raises:
        UnreadableFile: the file cannot be read, or has more than `MOST_CELLS` readings.
    """
    reader = _PointRowReader(mapping, columns, rejections)
    for batch in source.batches(timestamp, [column.index for column in columns]):
        reader.add(batch)
    return reader.rows, tuple(reader.results())


class _PointRowReader:
    def __init__(self, mapping: Mapping, columns: tuple[PointColumn, ...], rejections: Rejections) -> None:
        self.rows = 0
        self._mapping, self._columns, self._rejections = mapping, columns, rejections
        self._decimals = _decimals(mapping, columns)
        self._by_slotting: dict[_Slotting, list[int]] = {}
        for i, column in enumerate(columns):
            self._by_slotting.setdefault(_Slotting.of(column.rule), []).append(i)
        self._accepted: list[list[tuple[Numbers, Numbers, Numbers]]] = [[] for _ in columns]

    def add(self, batch: RowBatch) -> None:
        self.rows += len(batch.lines)
        if self.rows * len(self._columns) > MOST_CELLS:
            why = f"more than {MOST_CELLS:,} cells of readings"
            raise UnreadableFile(file=self._rejections.source, why=why, remedy="divide the file")
        lines = np.array(batch.lines, dtype=np.int64)
        times = self._mapping.format.parse(batch.timestamps)
        unparsed = np.flatnonzero(times.millis == NO_TIME)
        self._reject_timestamps(batch, unparsed, [self._mapping.format.why()] * min(MOST_LISTED, len(unparsed)))
        mantissas = [self._mantissas(batch, i) for i in range(len(self._columns))]
        for slotting, members in self._by_slotting.items():
            slots = self._slots(batch, times, slotting, [mantissas[i] for i in members])
            for i in members:
                self._accept(i, lines, slots, mantissas[i])

    def results(self) -> Iterator[PointRows]:
        for i, column in enumerate(self._columns):
            parts, self._accepted[i] = self._accepted[i], []
            if parts:
                yield PointRows(column, *(np.concatenate(numbers) for numbers in zip(*parts, strict=True)))

    def _mantissas(self, batch: RowBatch, i: int) -> Numbers:
        texts, decimals, name = batch.cells[i], self._decimals[i], self._columns[i].name
        mantissas = decimals.convert(texts)
        bad = np.flatnonzero(mantissas == BAD)
        first = ((batch.lines[r], name, texts[r], decimals.why(texts[r])) for r in bad[:MOST_LISTED].tolist())
        self._rejections.add_many(len(bad), first)
        return mantissas

    def _slots(self, batch: RowBatch, times: Timestamps, slotting: _Slotting, values: Sequence[Numbers]) -> Numbers:
        """The start of each row's slot, or `NO_TIME`; a row without a slot is rejected if it has a value."""
        clock, grid, ends = slotting
        instants = clock.instants(times)
        known = instants != NO_TIME
        slots = np.full(len(instants), NO_TIME, dtype=np.int64)
        starts, after = grid.align(instants[known] - int(ends))
        slots[known] = np.where((after if ends else starts) == instants[known], starts, NO_TIME)
        without = np.flatnonzero((slots == NO_TIME) & (times.millis != NO_TIME))
        if len(without):
            without = without[np.any([column[without] != MISSING for column in values], axis=0)]
            off_grid = f"off the grid: {'ends' if ends else 'starts'} no slot of {grid.slot} in {grid.zone.name}"
            whys = [off_grid if known[r] else clock.why(int(times.millis[r])) for r in without[:MOST_LISTED]]
            self._reject_timestamps(batch, without, whys)
        return slots

    def _reject_timestamps(self, batch: RowBatch, rows: NDArray[np.intp], whys: list[str]) -> None:
        """Reject the timestamps of `rows`; `whys` are the reasons for the first `MOST_LISTED`."""
        first = zip(rows[:MOST_LISTED].tolist(), whys, strict=True)
        name, cells = self._mapping.timestamp, batch.timestamps
        self._rejections.add_many(len(rows), ((batch.lines[r], name, cells[r], why) for r, why in first))

    def _accept(self, i: int, lines: Numbers, slots: Numbers, mantissas: Numbers) -> None:
        good = (slots != NO_TIME) & (mantissas > BAD)
        if good.any():
            self._accepted[i].append((lines[good], slots[good], mantissas[good]))


def _decimals(mapping: Mapping, columns: tuple[PointColumn, ...]) -> list[Decimals]:
    """A converter for each point; points with equal resolution, factor and rounding share one and its cache."""
    shared: dict[tuple[object, ...], Decimals] = {}
    return [
        shared.setdefault(
            (rule.resolution, rule.factor, rule.rounded),
            Decimals(resolution=rule.resolution, factor=rule.factor, rounded=rule.rounded, missing=mapping.missing),
        )
        for rule in (column.rule for column in columns)
    ]
