"""Totals of periods from the readings of one point (docs/spec/slots-and-periods.md).

The total of intervals is their sum, of a register the sum of its steps, of instants their mean over time. A period
without a reading has no value: a gap is never a zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from veriwatt.errors import Malformed
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.step_totals import NO_HOLES, Holes, StepTotal, StepTotals, sum_steps
from veriwatt.model.frames.statuses import has_value
from veriwatt.model.points.status import STATED
from veriwatt.units import UtcMillis

Times = NDArray[np.int64]
Mantissas = NDArray[Any]
"""Integers: int64, or Python integers (dtype object) if 64 bits might overflow."""

_SAFE = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class ReadingColumns:
    """The last version of each slot of one point, sorted by slot; absent slots may be left out.

    `values` are mantissas at the point's scale; the value of a gap or absent slot is ignored. For a
    register, `values[i]` was read at `ends[i]`.
    """

    starts: Times
    ends: Times
    values: Mantissas
    statuses: NDArray[np.uint8]

    def with_value(self) -> ReadingColumns:
        """The readings that have a value."""
        valued = has_value(self.statuses)
        if valued.all():
            return self
        return ReadingColumns(self.starts[valued], self.ends[valued], self.values[valued], self.statuses[valued])

    def holes(self) -> Holes:
        """The spans of slots between the rows that no frame states."""
        stated = (self.statuses >= STATED[0]) & (self.statuses <= STATED[-1])
        starts, ends = self.starts[stated], self.ends[stated]
        absent = starts[1:] > ends[:-1]
        return Holes(ends[:-1][absent], starts[1:][absent])


class SlotCounter(Protocol):
    """Counts the slots of a point that lie completely in each of some spans, and tells which spans cut a slot."""

    def count_array(self, starts: Times, ends: Times) -> Times: ...

    def cut_array(self, starts: Times, ends: Times) -> NDArray[np.bool_]:
        """For each span, whether one of its ends lies inside a slot."""
        ...


@dataclass(frozen=True, slots=True)
class Total:
    """One period `[start, end)`: its value, and its slots by status.

    `value` is a mantissa at the point's scale, or None if the period has no reading. `expected` counts all slots that
    lie completely inside; a slot without a status is missing. `bridged`: a step of a register spans a slot without a
    reading. `steps` is None for other kinds. `cut`: an end of the period lies inside a slot, and the value leaves that
    out.
    """

    start: UtcMillis
    end: UtcMillis
    value: int | None
    expected: int
    measured: int
    estimated: int
    manual: int
    gap: int
    bridged: bool
    steps: StepTotal | None = None
    cut: bool = False

    @property
    def complete(self) -> bool:
        """Whether the period is made of whole slots, every one is measured, and no step of a register is in doubt."""
        sound = not self.cut and (self.steps is None or self.steps.sound)
        return 0 < self.expected <= self.measured and not self.estimated + self.manual + self.gap and sound


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """Totals by column, one element a period; `values[i]` is undefined if not `has_value[i]`. No period cuts a slot if
    `cut` is None.
    """

    starts: Times
    ends: Times
    values: Mantissas
    has_value: NDArray[np.bool_]
    expected: Times
    measured: Times
    estimated: Times
    manual: Times
    gap: Times
    bridged: NDArray[np.bool_]
    steps: StepTotals | None = None
    cut: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def complete(self) -> NDArray[np.bool_]:
        """As `Total.complete`, of every period."""
        other = self.estimated + self.manual + self.gap
        complete: NDArray[np.bool_] = (self.expected > 0) & (self.measured >= self.expected) & (other == 0)
        if self.cut is not None:
            complete &= ~self.cut
        return complete if self.steps is None else complete & self.steps.sound

    def rows(self) -> Iterator[Total]:
        """One `Total` for each period."""
        values = (v if k else None for v, k in zip(self.values.tolist(), self.has_value.tolist(), strict=True))
        counts = (self.expected, self.measured, self.estimated, self.manual, self.gap)
        columns = [column.tolist() for column in (*counts, self.bridged)]
        steps = [None] * len(self) if self.steps is None else self.steps.rows()
        cut = [False] * len(self) if self.cut is None else self.cut.tolist()
        return map(Total, self.starts.tolist(), self.ends.tolist(), values, *columns, steps, cut)


def totals(
    kind: str,
    readings: ReadingColumns,
    starts: Times,
    ends: Times,
    grid: SlotCounter,
    step: int = 1,
    *,
    steps: Steps | None = None,
    holes: Holes = NO_HOLES,
    backward: bool = False,
) -> Totals:
    """The total of every period `[starts[i], ends[i])`.

    Args:
        kind: the kind of the point: interval, register or instant.
        readings: all from the first period's start to the last period's end.
        starts, ends: the periods; in any order, they may overlap.
        grid: the point's slots.
        step: every value is a multiple of it; a mean is rounded to it, ties to even.
        steps: those of a register, right for every reading stamped within the periods.
        holes: of a register, the spans of slots that no frame states, also after its last reading.
        backward: the register runs backward by nature.

    Raises:
        Malformed: `kind` is unknown, a register has no steps, or a period is empty.
    """
    if (starts >= ends).any():
        raise Malformed("a period is empty or runs backward")
    valued, of_steps = readings.with_value(), None
    if kind == "register":
        if steps is None:
            raise Malformed("the totals of a register come from its steps, and none are given")
        sums = sum_steps(steps, starts, ends, holes, _measured(valued, steps.stamps), backward=backward)
        values, has, bridged, of_steps = sums.values, sums.has_value, sums.bridged, sums.totals
    else:
        values, has = _values_inside(kind, valued, starts, ends, step)
        bridged = np.zeros(len(starts), dtype=np.bool_)
    expected = grid.count_array(starts, ends)
    measured, estimated, manual, gap = (_count(readings, status, starts, ends) for status in STATED)
    cut = grid.cut_array(starts, ends)
    return Totals(starts, ends, values, has, expected, measured, estimated, manual, gap, bridged, of_steps, cut)


def _values_inside(
    kind: str, valued: ReadingColumns, starts: Times, ends: Times, step: int
) -> tuple[Mantissas, NDArray[np.bool_]]:
    """The sum of the intervals, or mean of the instants, that lie completely in each period; whether there is one."""
    low, high = _inside(valued, starts, ends)
    if kind == "interval":
        values = _sums(_exact(valued.values), low, high)
    elif kind == "instant":
        weights = time_weights(valued.ends - valued.starts)
        weighed = _exact(valued.values, int(weights.max(initial=1))) * weights
        values = rounded_means(_sums(weighed, low, high), _sums(weights, low, high), step)
    else:
        raise Malformed(f"unknown kind {kind!r}; it is interval, register or instant")
    return values, high > low


def time_weights(lengths: Times) -> Times:
    """The times that some slots stand for, in the smallest whole numbers of their proportion: equal ones weigh 1."""
    weights: Times = lengths // max(1, int(np.gcd.reduce(lengths)))
    return weights


def rounded_means(sums: Mantissas, weights: Times, step: int) -> Mantissas:
    """Each weighed sum divided by its weight, rounded to a multiple of `step`, ties to even; undefined without one."""
    divisors = np.maximum(weights, 1) * step
    quotients = sums // divisors
    twice = 2 * (sums - quotients * divisors)
    up = (twice > divisors) | ((twice == divisors) & (quotients % 2 == 1))
    means: Mantissas = (quotients + up) * step
    return means


def _sums(values: Mantissas, low: Times, high: Times) -> Mantissas:
    """The sum of each range `[low[i], high[i])` of the values, which no sum of them overflows."""
    before = np.zeros(len(values) + 1, dtype=values.dtype)
    np.cumsum(values, out=before[1:])
    sums: Mantissas = before[high] - before[low]
    return sums


def _measured(valued: ReadingColumns, stamps: Times) -> NDArray[np.bool_]:
    """Whether the reading with each of these stamps was measured."""
    at = np.searchsorted(valued.ends, stamps)
    found: NDArray[np.bool_] = (np.append(valued.ends, -1)[at] == stamps) & (np.append(valued.statuses, 0)[at] == 1)
    return found


def _count(readings: ReadingColumns, status: int, starts: Times, ends: Times) -> Times:
    """The number of slots with this status that lie completely in each period."""
    low, high = _inside(readings, starts, ends)
    before = np.zeros(len(readings.statuses) + 1, dtype=np.int64)
    np.cumsum(readings.statuses == status, out=before[1:])
    counts: Times = before[high] - before[low]
    return counts


def _inside(readings: ReadingColumns, starts: Times, ends: Times) -> tuple[Times, Times]:
    """The index range `[first, end)` of the slots that lie completely in each period."""
    low = np.searchsorted(readings.starts, starts, "left")
    return low, np.maximum(np.searchsorted(readings.ends, ends, "right"), low)


def _exact(values: Mantissas, heaviest: int = 1) -> Mantissas:
    """`values` in a type that no sum of them, each weighed up to `heaviest`, can overflow: int64 if that is certain."""
    if values.dtype == np.int64 and values.size:
        largest = max(-int(values.min()), int(values.max()))
        if largest * heaviest * values.size >= _SAFE:
            return values.astype(object)
    return values
