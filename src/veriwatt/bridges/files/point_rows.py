"""Read all rows of a file as integers: for each point, the slot, mantissa and status of every row with a cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from veriwatt.bridges.files.decimals import BAD, MARKED, MISSING, Decimals
from veriwatt.bridges.files.mapping import Mapping
from veriwatt.bridges.files.point_columns import PointColumn, StatusColumn
from veriwatt.bridges.files.point_rule import OF_SEVERAL, PointRule
from veriwatt.bridges.files.row_source import RowBatch, RowSource
from veriwatt.bridges.files.statuses import UNNAMED, why_unnamed
from veriwatt.bridges.files.timestamps import NO_TIME, SourceClock, Timestamps
from veriwatt.bridges.files.unreadable import UnreadableFile
from veriwatt.energy.calendar import Grid
from veriwatt.metering.rejections import Rejections
from veriwatt.model.points.status import Kind, Status
from veriwatt.units import DAY, HOUR, UtcMillis, slot_minutes

MOST_CELLS = 20_000_000
"""The most readings of one file: a year of 38 points at one minute."""

Numbers = NDArray[np.int64]
Codes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PointRows:
    """The rows of a point, in the file's order: line, start of the slot, mantissa, and the status of its value.

    A mantissa may be replaced by `SENTINEL`, `MARKED` or `BAD`, and by `MISSING` where rows of one slot are parts or
    versions; other rows without a value are left out. `blank` are the slots of those that are alone in their slot.
    `left` is what rounding left out of each mantissa, see `Decimals.left`; None if nothing.
    """

    column: PointColumn
    lines: Numbers
    slots: Numbers
    mantissas: Numbers
    statuses: Codes
    blank: Numbers
    left: Numbers | None = None

    def part(self, at: NDArray[np.intp] | NDArray[np.bool_]) -> PointRows:
        """The rows numbered `at`, in that order, or the rows where `at` is true."""
        rows = self.lines[at], self.slots[at], self.mantissas[at], self.statuses[at]
        return PointRows(self.column, *rows, self.blank, None if self.left is None else self.left[at])


class _Slotting(NamedTuple):
    """The conversion of timestamps to slots; points with an equal conversion share its result."""

    clock: SourceClock
    grid: Grid
    ends: bool

    @classmethod
    def of(cls, rule: PointRule) -> _Slotting:
        return cls(rule.clock, rule.grid, rule.ends)


class PointRowReader:
    """Reads the rows of one file; rejected rows and cells are added to `rejections`.

    `rows` is the number of data rows so far. `not_ended` has the lines of rows that were left out because their slot is
    the one under way at `now`; `without_value` of those that have no value for a slot of which another row says more.
    """

    def __init__(
        self, mapping: Mapping, timestamp: int, columns: tuple[PointColumn, ...], rejections: Rejections, now: UtcMillis
    ) -> None:
        self.rows, self.not_ended, self.without_value = 0, set[int](), set[int]()
        self._mapping, self._timestamp, self._columns = mapping, timestamp, columns
        self._rejections, self._now = rejections, now
        self._decimals = _decimals(mapping, columns)
        self._statuses = {each.status: each.status.rule.codes() for each in columns if each.status is not None}
        self._by_slotting: dict[_Slotting, list[int]] = {}
        for i, column in enumerate(columns):
            self._by_slotting.setdefault(_Slotting.of(column.rule), []).append(i)
        self._accepted: list[list[tuple[Numbers, Numbers, Numbers, Codes, Numbers | None]]] = [[] for _ in columns]
        self._empty: list[list[tuple[Numbers, Numbers]]] = [[] for _ in columns]

    def read(self, source: RowSource) -> tuple[PointRows, ...]:
        """The rows of each point that has any; raises UnreadableFile, also if there are more than `MOST_CELLS`."""
        wanted = [column.index for column in self._columns] + [status.index for status in self._statuses]
        for batch in source.batches(self._timestamp, wanted):
            self._add(batch)
        return tuple(self._results())

    def _add(self, batch: RowBatch) -> None:
        self.rows += len(batch.lines)
        if self.rows * len(self._columns) > MOST_CELLS:
            why = f"more than {MOST_CELLS:,} cells of readings"
            raise UnreadableFile(file=self._rejections.source, why=why, remedy="divide the file")
        lines = np.array(batch.lines, dtype=np.int64)
        times = self._mapping.format.parse(batch.timestamps)
        unparsed = np.flatnonzero(times.millis == NO_TIME)
        self._reject_timestamps(batch, unparsed, lambda r: self._mapping.format.why(batch.timestamps[r]))
        codes = {status: self._codes(batch, i, status) for i, status in enumerate(self._statuses, len(self._columns))}
        statuses = [None if each.status is None else codes[each.status] for each in self._columns]
        converted = [self._mantissas(batch, i, statuses[i]) for i in range(len(self._columns))]
        values, left = zip(*converted, strict=True)
        for slotting, members in self._by_slotting.items():
            slots = self._slots(batch, times, slotting, [values[i] for i in members])
            for i in members:
                self._accept(i, lines, slots, values[i], statuses[i], left[i])

    def _results(self) -> Iterator[PointRows]:
        for i, column in enumerate(self._columns):
            parts, self._accepted[i] = self._accepted[i], []
            if parts:
                lines, slots, mantissas, statuses, left = zip(*parts, strict=True)
                line, slot, mantissa = (np.concatenate(each) for each in (lines, slots, mantissas))
                none = np.zeros(0, np.int64)
                empty, empty_slots = np.concatenate([(none, none), *self._empty[i]], axis=1)
                beside = np.isin(empty_slots, slot)
                self.without_value.update(empty[beside].tolist())
                codes, blank = np.concatenate(statuses), empty_slots[~beside]
                yield PointRows(column, line, slot, mantissa, codes, blank, _together(left, lines))

    def _codes(self, batch: RowBatch, i: int, status: StatusColumn) -> Codes:
        """The status that each row states; a text that the mapping does not name is rejected, and a formula."""
        texts = batch.cells[i]
        codes = self._statuses[status].convert(texts)
        unnamed = np.flatnonzero(codes == UNNAMED)
        each = ((batch.lines[r], status.name, texts[r], why_unnamed(texts[r])) for r in unnamed.tolist())
        self._rejections.add_many(len(unnamed), each)
        return codes

    def _mantissas(self, batch: RowBatch, i: int, statuses: Codes | None) -> tuple[Numbers, Numbers | None]:
        """The mantissas of a column's cells, and what rounding left out of them."""
        texts, decimals, name = batch.cells[i], self._decimals[i], self._columns[i].name
        mantissas, left = decimals.convert(texts), decimals.left(texts)
        if statuses is not None:
            mantissas[statuses == Status.GAP] = MARKED
        bad = np.flatnonzero(mantissas == BAD)
        each = ((batch.lines[r], name, texts[r], decimals.why(texts[r])) for r in bad.tolist())
        self._rejections.add_many(len(bad), each)
        if statuses is not None:
            mantissas[statuses == UNNAMED] = BAD
        return mantissas, left

    def _slots(self, batch: RowBatch, times: Timestamps, slotting: _Slotting, values: Sequence[Numbers]) -> Numbers:
        """The start of each row's slot, or `NO_TIME`.

        A row without a slot, or whose slot lies in the future, is rejected if it has a value; one of the slot under way
        is left out.
        """
        clock, grid, ends = slotting
        is_day = self._name_days(batch, times, slotting)
        instants = _instants(times, is_day, slotting)
        known = instants != NO_TIME
        slots, slot_ends = np.full((2, len(instants)), NO_TIME, dtype=np.int64)
        starts, after = grid.align(instants[known] - int(ends))
        slots[known] = np.where((after if ends else starts) == instants[known], starts, NO_TIME)
        slot_ends[known] = after
        placed = slots != NO_TIME
        without = np.flatnonzero(~placed & (times.millis != NO_TIME))
        if len(without):
            self._reject_timestamps(
                batch,
                self._with_value(without, values),
                lambda r: (
                    self._off_grid(times, is_day, r, slotting)
                    if known[r]
                    else clock.why(int(times.millis[r]), self._mapping.format)
                ),
            )
        late = np.flatnonzero(placed & (slot_ends > self._now))
        if len(late):
            late = self._with_value(late, values)
            self._leave_out(batch, late, slots, slot_ends, grid)
            slots[late] = NO_TIME
        return slots

    def _name_days(self, batch: RowBatch, times: Timestamps, slotting: _Slotting) -> NDArray[np.bool_]:
        """Which rows name a day of the point, and no time that a clock must show once: dates without a time.

        So does the hour at which days begin, on the point's own clock. Slots shorter than a day have a time of the day,
        and none starts on a date that the zone skipped.
        """
        clock, grid, ends = slotting
        if slot_minutes(grid.slot) is not None:
            return np.zeros(len(times.millis), np.bool_)
        has_time = self._mapping.format.has_time
        is_day = np.fromiter((not has_time(cell) for cell in batch.timestamps), np.bool_, len(batch.timestamps))
        if clock == SourceClock(grid.zone, "refuse"):
            is_day |= times.millis % DAY == grid.day_begins * HOUR
        is_day &= (times.millis != NO_TIME) & ~times.absolute
        if not ends:
            days = times.millis[is_day] // DAY
            starts, after = (grid.zone.day_starts(each, grid.day_begins) for each in (days, days + 1))
            is_day[is_day] = starts < after
        return is_day

    def _off_grid(self, times: Timestamps, is_day: NDArray[np.bool_], r: int, slotting: _Slotting) -> str:
        """The reason why row `r` has no slot, with the remedy where its timestamp is the last day of one."""
        _, grid, ends = slotting
        why = f"off the grid: {'ends' if ends else 'starts'} no slot of {grid.slot} in {grid.zone.name}"
        if self._mapping.format.next_day or times.absolute[r] or times.millis[r] % DAY:
            return why
        next_day = Timestamps(times.millis[[r]] + DAY, times.absolute[[r]])
        after = int(_instants(next_day, is_day[[r]], slotting)[0])
        if after == NO_TIME or not grid.ends_slot(after):
            return why
        stamp = "" if ends else 'stamp = "end" and '
        return f'{why}; if it is the last day of its slot, write {stamp}midnight = "next-day"'

    def _leave_out(self, batch: RowBatch, rows: NDArray[np.intp], starts: Numbers, ends: Numbers, grid: Grid) -> None:
        """Leave out the rows of the slot under way, and reject those of slots to come."""
        under_way = starts[rows] <= self._now
        self.not_ended.update(batch.lines[r] for r in rows[under_way].tolist())

        def why(r: int) -> str:
            return f"its slot ends at {grid.zone.rfc3339(int(ends[r]))}, which is still to come; correct the time"

        self._reject_timestamps(batch, rows[~under_way], why)

    def _with_value(self, rows: NDArray[np.intp], values: Sequence[Numbers]) -> NDArray[np.intp]:
        """Those of the rows that have a value for any of the points."""
        return rows[np.any([column[rows] != MISSING for column in values], axis=0)]

    def _reject_timestamps(self, batch: RowBatch, rows: NDArray[np.intp], why: Callable[[int], str]) -> None:
        """Reject the timestamps of `rows`, each for its reason."""
        name, cells = self._mapping.timestamp, batch.timestamps
        self._rejections.unplaced.extend(batch.lines[r] for r in rows.tolist())
        self._rejections.add_many(len(rows), ((batch.lines[r], name, cells[r], why(r)) for r in rows.tolist()))

    def _accept(
        self, i: int, lines: Numbers, slots: Numbers, mantissas: Numbers, statuses: Codes | None, left: Numbers | None
    ) -> None:
        good = slots != NO_TIME
        if self._columns[i].rule.repeats not in OF_SEVERAL:  # a part or a version without a value says so
            empty = good & (mantissas == MISSING)
            if empty.any():
                self._empty[i].append((lines[empty], slots[empty]))
            good &= ~empty
        if good.any():
            codes = np.full(len(lines), Status.MEASURED, np.uint8) if statuses is None else statuses
            rest = None if left is None else left[good]
            self._accepted[i].append((lines[good], slots[good], mantissas[good], codes[good], rest))


def _together(left: Sequence[Numbers | None], lines: Sequence[Numbers]) -> Numbers | None:
    """What rounding left out of the rows of all batches; None if nothing."""
    if not any(each is not None and each.any() for each in left):
        return None
    parts = zip(left, lines, strict=True)
    return np.concatenate([np.zeros(len(of_batch), np.int64) if each is None else each for each, of_batch in parts])


def _instants(times: Timestamps, is_day: NDArray[np.bool_], slotting: _Slotting) -> Numbers:
    """The instants that a clock shows, `NO_TIME` if it shows one never or twice; a day is its first instant."""
    instants, grid = slotting.clock.instants(times), slotting.grid
    instants[is_day] = grid.zone.day_starts(times.millis[is_day] // DAY, grid.day_begins)
    return instants


def _decimals(mapping: Mapping, columns: tuple[PointColumn, ...]) -> list[Decimals]:
    """A converter for each point; points with equal resolution, factor and rounding share one and its cache."""
    shared: dict[tuple[object, ...], Decimals] = {}
    return [
        shared.setdefault(
            (rule.resolution, rule.factor, rule.rounded, rule.sentinels, rule.kind),
            Decimals(
                resolution=rule.resolution,
                factor=rule.factor,
                rounded=rule.rounded,
                missing=mapping.missing,
                sentinels=rule.sentinels,
                amounts=rule.kind is Kind.INTERVAL,
            ),
        )
        for rule in (column.rule for column in columns)
    ]
