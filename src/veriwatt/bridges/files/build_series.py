"""Build the series of a point from its rows: each slot once, in order.

A slot without a row, between the first and the last, is a gap; a slot with a rejected row is absent, for its value is
missing and not known to be none. Where several rows make one slot, so is each slot of which such a row may be a part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from veriwatt.bridges.files.cell_texts import CellTexts
from veriwatt.bridges.files.decimals import BAD, LEFT_DIGITS
from veriwatt.bridges.files.mapping import Mapping
from veriwatt.bridges.files.one_row_a_slot import one_row_a_slot
from veriwatt.bridges.files.point_rows import Codes, Numbers, PointRows
from veriwatt.bridges.files.point_rule import OF_SEVERAL, SUMMED
from veriwatt.bridges.files.stated_slots import stated_slots
from veriwatt.energy.calendar import Grid
from veriwatt.metering.rejections import Rejections
from veriwatt.metering.rounding import Rounding
from veriwatt.metering.series import Series
from veriwatt.model.points.status import Status
from veriwatt.units import DAY, Interval

MOST_SLOTS = 30_000_000
"""The most slots between first and last reading, over all points of one file; more means a wrong date."""

LONG_HOLE, SLOTS_PER_ROW = 31 * DAY, 20
"""A longer hole is asked about where it has more than so many slots for each row between it and the next long hole."""


class SeriesBuilder:
    """Builds the series of one file, with at most `MOST_SLOTS` slots in all.

    `set_aside` has the lines of the rows that do not count beside another row of their slot, as the mapping says.
    `blanks_beyond` counts the slots without a value before the first reading of their point, and after its last.
    """

    def __init__(self, mapping: Mapping, rejections: Rejections, texts: CellTexts, *, allow_gaps: bool) -> None:
        self._mapping, self._rejections, self._texts = mapping, rejections, texts
        self._allow_gaps, self._left, self._beyond_holes = allow_gaps, MOST_SLOTS, set[int]()
        self.set_aside, self.blanks_beyond = set[int](), 0

    def build(self, rows: PointRows) -> Series | None:
        """The series of a point, with read-only arrays.

        None if no row is left that states a slot; and, with a rejection, if the rows are so many slots apart that a
        date must be wrong. Beyond long holes only the rows are left that are most of all: the others are rejected.
        """
        column, grid = rows.column, rows.column.rule.grid
        by_slot = one_row_a_slot(rows, self._rejections, self._texts, self._mapping.format)
        stated = by_slot.part(by_slot.mantissas != BAD)
        if not self._allow_gaps:
            near = self._between_holes(stated, grid)
            rows, stated = rows.part(~np.isin(rows.slots, stated.slots[~near])), stated.part(near)
        if not len(stated.slots):
            return None
        is_lost = self._may_be_rejected(rows)
        if column.rule.repeats in OF_SEVERAL:
            stated = stated.part(~is_lost(stated.slots))
            if not len(stated.slots):
                return None
        span = Interval(int(stated.slots[0]), grid.slot_at(int(stated.slots[-1])).end)
        if not self._is_plausible(stated, grid, span):
            return None
        if column.rule.repeats not in SUMMED and len(rows.slots) > len(stated.slots):
            aside = np.isin(rows.slots, stated.slots) & ~np.isin(rows.lines, stated.lines)
            self.set_aside.update(rows.lines[aside].tolist())
        starts, ends = grid.slots(span)
        found = stated_slots(stated)
        all_values, all_lines = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.int32)
        all_statuses, all_reasons = np.full(len(starts), Status.GAP, np.uint8), np.zeros(len(starts), np.uint8)
        all_statuses[is_lost(starts)] = Status.ABSENT
        at = np.searchsorted(starts, stated.slots)
        all_values[at], all_statuses[at] = found.values, found.statuses
        all_reasons[at], all_lines[at] = found.reasons, stated.lines
        bad = by_slot.slots[(by_slot.mantissas == BAD) & (by_slot.slots > span.start) & (by_slot.slots < span.end)]
        all_statuses[np.searchsorted(starts, bad)] = Status.ABSENT
        blank = np.stack(grid.align(np.unique(by_slot.blank)))
        self.blanks_beyond += int(((blank[0] < span.start) | (blank[0] >= span.end)).sum())
        for array in (starts, ends, all_values, all_statuses, all_reasons, all_lines, blank):
            array.flags.writeable = False
        return Series(
            column.name,
            column.definition,
            column.group,
            column.settings,
            column.status is not None,
            starts,
            ends,
            all_values,
            all_statuses,
            all_reasons,
            all_lines,
            blank,
            found.gaps,
            _rounding(stated, found.statuses, grid),
        )

    def _is_plausible(self, stated: PointRows, grid: Grid, span: Interval) -> bool:
        """Whether the file may have so many slots; if not, the last row is rejected."""
        count = grid.count(span)
        if count <= self._left:
            self._left -= count
            return True
        why = f"{count:,} slots from the first reading to this one: correct the date, or divide the file"
        self._rejections.add(int(stated.lines[-1]), stated.column.name, grid.zone.rfc3339(span.end), why)
        return False

    def _between_holes(self, stated: PointRows, grid: Grid) -> NDArray[np.bool_]:
        """The rows that are more than half of all and have no long hole between them; all others are rejected.

        None, where no such rows are more than half: nothing then tells the right dates from the wrong ones.
        """
        holes = _long_holes(stated, grid)
        if not len(holes):
            return np.ones(len(stated.slots), np.bool_)
        run = np.searchsorted(holes, np.arange(len(stated.slots)))
        sizes = np.bincount(run)
        most = int(np.argmax(sizes))
        is_near = run == most
        beside = np.flatnonzero(is_near)[[0, -1]]
        away = np.flatnonzero(~is_near)
        # A row beyond the holes of several points is one wrong time.
        away = away[~np.isin(stated.lines[away], list(self._beyond_holes))]
        away = away[np.argsort(stated.lines[away], kind="stable")]
        lines = stated.lines[away]
        self._beyond_holes.update(lines.tolist())

        def each() -> Iterator[tuple[int, str, object, str]]:
            texts = self._texts.timestamps(lines)
            for i in away.tolist():
                other = beside[0] if i < beside[0] else beside[1]
                at = f"line {stated.lines[other]}, which starts at {grid.zone.rfc3339(int(stated.slots[other]))}"
                why = (
                    f"no row for a long time between this slot and that of {at}: "
                    "correct the time, or sign all slots between as gaps with --allow-gaps"
                )
                yield int(stated.lines[i]), self._mapping.timestamp, str(texts[int(stated.lines[i])]), why

        self._rejections.unplaced.extend(lines.tolist())
        if len(away):
            self._rejections.add_many(len(away), each())
        near: NDArray[np.bool_] = is_near & (2 * sizes[most] > len(stated.slots))
        return near

    def _may_be_rejected(self, rows: PointRows) -> Callable[[Numbers], NDArray[np.bool_]]:
        """Tells which slots may be those of rejected rows whose slot is not known.

        Where the file is in order of time, such a row lies between its neighbours, and is of one of their slots only if
        several rows make a slot; else it may be anywhere.
        """
        # A row that has a slot of this point was rejected for another point.
        lines = np.setdiff1d(np.array(self._rejections.unplaced, np.int64), rows.lines)
        steps = np.diff(rows.slots)
        if len(lines) and (steps < 0).any() and (steps > 0).any():
            return lambda slots: np.ones(len(slots), np.bool_)
        at = np.unique(np.searchsorted(rows.lines, lines))
        beside = rows.slots[np.stack([at - 1, at]).clip(0, len(rows.lines) - 1)]
        own = int(rows.column.rule.repeats in OF_SEVERAL)
        after, before = np.sort(beside.min(axis=0) - own), np.sort(beside.max(axis=0) + own)
        return lambda slots: np.searchsorted(after, slots) > np.searchsorted(before, slots, "right")


def _rounding(stated: PointRows, statuses: Codes, grid: Grid) -> Rounding | None:
    """What rounding left out of the rows that state a value, each the only one of its slot."""
    if stated.left is None:
        return None
    rounded = stated.part((stated.left != 0) & (statuses != Status.GAP))
    if rounded.left is None or not len(rounded.slots):
        return None
    starts, ends = grid.align(rounded.slots)
    scale = stated.column.definition.scale - LEFT_DIGITS
    return Rounding(starts, ends, rounded.left, scale, int((rounded.mantissas == 0).sum()))


def _long_holes(stated: PointRows, grid: Grid) -> NDArray[np.intp]:
    """The numbers of the rows after which so many slots have no row that a date may be wrong."""
    slots = stated.slots
    _, ends = grid.align(slots)
    lengths = slots[1:] - ends[:-1]
    holes = np.flatnonzero(lengths > LONG_HOLE)
    if not len(holes):
        return holes
    # Rows of a true year beside missing years are many; those of a wrong date are few on one side of the hole.
    runs = np.diff(np.concatenate(([0], holes + 1, [len(slots)])))
    counts = grid.count_array(ends[:-1][holes], slots[1:][holes])
    return holes[counts > SLOTS_PER_ROW * np.minimum(runs[:-1], runs[1:])]
