"""All rows of a source as integers: for each point the slot and the mantissa of every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veriwatt.bridges.files.columns import Pick
from veriwatt.bridges.files.decimals import BAD, MISSING, Decimals
from veriwatt.bridges.files.mapping import Mapping, PointRule
from veriwatt.bridges.files.source import RowBatch, Source
from veriwatt.bridges.files.stamps import NO_TIME, StampClock, Stamps
from veriwatt.bridges.files.unreadable import UnreadableFile
from veriwatt.energy.calendar import Grid
from veriwatt.metering.rejections import MOST_LISTED, Rejections

MOST_CELLS = 20_000_000
"""Readings taken from one file; a year of 38 points at one minute."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Collected:
    """A point's rows in the file's order: line, start of the slot, mantissa. Rows without a value are left out."""

    pick: Pick
    lines: Numbers
    slots: Numbers
    mantissas: Numbers


def collect(
    source: Source, mapping: Mapping, stamp: int, picks: tuple[Pick, ...], rejections: Rejections
) -> tuple[int, tuple[Collected, ...]]:
    """The number of data rows, and what each point has; what is refused is put into `rejections`.

    Raises:
        UnreadableFile: the file as a whole is, or holds more than `MOST_CELLS`.
    """
    collector = _Collector(mapping, picks, rejections)
    for batch in source.batches(stamp, [pick.index for pick in picks]):
        collector.take(batch)
    return collector.rows, tuple(collector.results())


class _Collector:
    def __init__(self, mapping: Mapping, picks: tuple[Pick, ...], rejections: Rejections) -> None:
        self.rows = 0
        self._mapping, self._picks, self._rejections = mapping, picks, rejections
        self._decimals = _decimals(mapping, picks)
        self._lattices: dict[tuple[StampClock, Grid, bool], list[int]] = {}
        for i, pick in enumerate(picks):
            self._lattices.setdefault(_lattice(pick.rule), []).append(i)
        self._kept: list[list[tuple[Numbers, Numbers, Numbers]]] = [[] for _ in picks]

    def take(self, batch: RowBatch) -> None:
        self.rows += len(batch.lines)
        if self.rows * len(self._picks) > MOST_CELLS:
            why = f"more than {MOST_CELLS:,} cells of readings"
            raise UnreadableFile(file=self._rejections.source, why=why, remedy="divide the file")
        lines = np.array(batch.lines, dtype=np.int64)
        stamps = self._mapping.format.read(batch.stamps)
        unread = np.flatnonzero(stamps.shown == NO_TIME)
        self._refuse_stamps(batch, unread, [self._mapping.format.why()] * min(MOST_LISTED, len(unread)))
        mantissas = [self._convert(batch, i) for i in range(len(self._picks))]
        for (clock, grid, ends), members in self._lattices.items():
            slots = self._slots(batch, stamps, clock, grid, ends, [mantissas[i] for i in members])
            for i in members:
                self._keep(i, lines, slots, mantissas[i])

    def results(self) -> Iterator[Collected]:
        for i, pick in enumerate(self._picks):
            parts, self._kept[i] = self._kept[i], []
            if parts:
                yield Collected(pick, *(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _convert(self, batch: RowBatch, i: int) -> Numbers:
        pick, texts, decimals = self._picks[i], batch.cells[i], self._decimals[i]
        mantissas = decimals.convert(texts)
        bad = np.flatnonzero(mantissas == BAD)
        self._rejections.add_many(
            len(bad),
            ((batch.lines[r], pick.column, texts[r], decimals.why(texts[r])) for r in bad[:MOST_LISTED].tolist()),
        )
        return mantissas

    def _slots(
        self, batch: RowBatch, stamps: Stamps, clock: StampClock, grid: Grid, ends: bool, values: Sequence[Numbers]
    ) -> Numbers:
        """The start of each row's slot, `NO_TIME` where there is none; tells of rows that have values."""
        instants = clock.instants(stamps)
        known = instants != NO_TIME
        slots = np.full(len(instants), NO_TIME, dtype=np.int64)
        starts, after = grid.align(instants[known] - int(ends))
        slots[known] = np.where((after if ends else starts) == instants[known], starts, NO_TIME)
        astray = np.flatnonzero((slots == NO_TIME) & (stamps.shown != NO_TIME))
        if len(astray):
            astray = astray[np.any([column[astray] != MISSING for column in values], axis=0)]
            off_grid = f"off the grid: {'ends' if ends else 'starts'} no slot of {grid.slot} in {grid.zone.name}"
            whys = [off_grid if known[r] else clock.why(int(stamps.shown[r])) for r in astray[:MOST_LISTED]]
            self._refuse_stamps(batch, astray, whys)
        return slots

    def _refuse_stamps(self, batch: RowBatch, rows: NDArray[np.intp], whys: list[str]) -> None:
        named = zip(rows[:MOST_LISTED].tolist(), whys, strict=True)
        column, stamps = self._mapping.timestamp, batch.stamps
        self._rejections.add_many(len(rows), ((batch.lines[r], column, stamps[r], why) for r, why in named))

    def _keep(self, i: int, lines: Numbers, slots: Numbers, mantissas: Numbers) -> None:
        good = (slots != NO_TIME) & (mantissas > BAD)
        if good.any():
            self._kept[i].append((lines[good], slots[good], mantissas[good]))


def _decimals(mapping: Mapping, picks: tuple[Pick, ...]) -> list[Decimals]:
    """A converter for each point; points that read numbers alike share theirs."""
    shared: dict[tuple[object, ...], Decimals] = {}
    return [
        shared.setdefault(
            (rule.resolution, rule.factor, rule.rounded),
            Decimals(resolution=rule.resolution, factor=rule.factor, rounded=rule.rounded, missing=mapping.missing),
        )
        for rule in (pick.rule for pick in picks)
    ]


def _lattice(rule: PointRule) -> tuple[StampClock, Grid, bool]:
    return rule.clock, rule.grid, rule.ends
