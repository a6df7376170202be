"""What the steps of a register say of periods: the value, the number of steps of each kind, and what is undisputed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from veriwatt.metering.register_judge import SETTLED_AFTER
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_track import StepKind
from veriwatt.units import Interval, UtcMillis

Times = NDArray[np.int64]
Mantissas = NDArray[Any]

STEP_KINDS = tuple(str(kind.name).lower() for kind in StepKind)
"""The kinds of steps by the names that figures have for them, in the order of `StepTotal.counts`."""

_UNSOUND = (
    StepKind.FALL
    | StepKind.IMPLAUSIBLE
    | StepKind.OPEN
    | StepKind.EXCHANGE
    | StepKind.AT_LEAST
    | StepKind.NOT_STATED
    | StepKind.BESIDE_FALL
)
_EXPLAINED = StepKind.OUTLIER | StepKind.FALL | StepKind.IMPLAUSIBLE | StepKind.OPEN
_SAFE = _NEVER = 2**62
_BEYOND_ALL = 2**200
"""More than the steps of any period."""


class Holes(NamedTuple):
    """Spans `[starts[i], ends[i])` of slots that no frame states, in order; what ends after `until` may still come."""

    starts: Times
    ends: Times
    until: UtcMillis = _NEVER

    def only(self, which: NDArray[np.bool_]) -> Holes:
        return Holes(self.starts[which], self.ends[which], self.until)


NO_HOLES = Holes(np.zeros(0, np.int64), np.zeros(0, np.int64))
"""Every slot is stated, and none is still to come."""


def holes_of(spans: Iterable[Interval]) -> Holes:
    """These spans, in order."""
    pairs = np.array([(each.start, each.end) for each in spans], np.int64).reshape(-1, 2)
    return Holes(pairs[:, 0], pairs[:, 1])


def join_holes(parts: Sequence[Holes]) -> Holes:
    """The holes of neighbouring stretches, the earlier ones first; the last stretch says until when."""
    starts, ends, until = zip(NO_HOLES, *parts, strict=True)
    return Holes(np.concatenate(starts), np.concatenate(ends), until[-1])


@dataclass(frozen=True, slots=True)
class StepTotal:
    """The steps of one period: how many of each of STEP_KINDS, and two parts of its value, mantissas or None.

    `stated_by_owner` comes from steps over an exchange, or that are others without one; `at_least` is the lower bound
    that nobody can dispute. `sound`: there is a value, and no step makes it incomplete.
    """

    counts: tuple[int, ...]
    stated_by_owner: int | None
    at_least: int | None
    sound: bool


@dataclass(frozen=True, slots=True, eq=False)
class StepTotals:
    """`StepTotal` by column, one element a period; `counts` has a row for each of STEP_KINDS."""

    counts: Times
    stated_by_owner: NDArray[np.object_]
    at_least: NDArray[np.object_]
    sound: NDArray[np.bool_]

    def rows(self) -> list[StepTotal]:
        counts = map(tuple, self.counts.T.tolist())
        columns = (self.stated_by_owner.tolist(), self.at_least.tolist(), self.sound.tolist())
        return [StepTotal(*row) for row in zip(counts, *columns, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class StepSums:
    """The value of each period from its counted steps, whether it has one, whether it is bridged, and its steps."""

    values: Mantissas
    has_value: NDArray[np.bool_]
    bridged: NDArray[np.bool_]
    totals: StepTotals


def sum_steps(
    steps: Steps,
    starts: Times,
    ends: Times,
    holes: Holes = NO_HOLES,
    measured: NDArray[np.bool_] | None = None,
    *,
    backward: bool = False,
) -> StepSums:
    """The steps of the readings stamped in `(starts[i], ends[i]]`, for every period.

    `measured` says it of each reading; None: all are.

    Where a slot that is not stated might show a fall that marks a step, as `fall_possible` says, the value is in doubt.
    A period that has more outliers than steps that advance is in doubt: a counter that begins anew every few readings
    looks so.

    Nothing bounds it from below there, nor as long as such a slot is still to come, nor where a slot of the period is
    not stated, nor where steps are signed (`backward`) or unchecked.
    """

    def count(which: NDArray[np.bool_]) -> Times:
        stamps = steps.stamps[which]
        return np.searchsorted(stamps, ends, "right") - np.searchsorted(stamps, starts, "right")

    def total(which: NDArray[np.bool_]) -> Mantissas:
        return _total(steps, which, starts, ends)

    has_value = count(steps.counted) > 0
    first = ~steps.counted & ~steps.of_kind(_EXPLAINED)
    exchanged = steps.counted & steps.of_kind(StepKind.EXCHANGE)
    sound = has_value & (count(steps.of_kind(_UNSOUND)) == 0) & (count(first) == 0)
    if measured is None:
        measured = np.ones(len(steps.stamps), np.bool_)
    sound &= ~fall_possible(ends, holes) & _begins_whole(steps, starts, ends, measured)
    sound &= ~ends_at_outlier(steps, starts, ends)
    rose = steps.counted & np.asarray(steps.advance != 0, np.bool_)
    sound &= count(steps.of_kind(StepKind.OUTLIER)) <= count(rose)
    sound &= not steps.unchecked
    bound = _bound(steps, starts, ends, measured)
    if steps.without_exchanges is not None:  # the owner's word raises no bound
        bound = np.minimum(bound, _bound(steps.without_exchanges, starts, ends, measured))
    counts = np.stack([count(steps.of_kind(kind)) for kind in StepKind])
    stated = _where(count(exchanged) > 0, total(exchanged))
    bounded = ~_hole_from(starts, ends, holes) & (ends + SETTLED_AFTER <= holes.until)
    at_least = _where(has_value & bounded & (not backward and not steps.unchecked), bound)
    bridged = count(steps.counted & steps.bridged) > 0
    return StepSums(total(steps.counted), has_value, bridged, StepTotals(counts, stated, at_least, sound))


def fall_possible(ends: Times, holes: Holes) -> NDArray[np.bool_]:
    """For each end of a period, whether a slot after it that no frame states might show a fall that marks its steps."""
    return _hole_from(ends, ends, holes)


def _hole_from(froms: Times, ends: Times, holes: Holes) -> NDArray[np.bool_]:
    """For each period's end, whether a hole reaches beyond `froms[i]` and begins by nine days after the end."""
    next_hole = np.searchsorted(holes.ends, froms, "right")
    starts = np.append(holes.starts, _NEVER)[next_hole]
    found: NDArray[np.bool_] = starts <= ends + SETTLED_AFTER
    return found


def _begins_at(steps: Steps) -> Times:
    """For each reading the kept one before it, at which its step begins; -1: none."""
    kept = np.flatnonzero(~steps.of_kind(StepKind.OUTLIER))
    before = np.searchsorted(kept, np.arange(len(steps.stamps))) - 1
    begins: Times = np.where(before < 0, -1, np.append(kept, -1)[before])
    return begins


def _first_counted(steps: Steps, starts: Times, ends: Times) -> Times:
    """For each period the reading of its first counted step; -1: none."""
    counted = np.flatnonzero(steps.counted)
    first = np.append(counted, -1)[np.searchsorted(steps.stamps[counted], starts, "right")]
    stamps = np.append(steps.stamps, _NEVER)[first]
    found: Times = np.where(stamps <= ends, first, -1)
    return found


def first_begins(steps: Steps, starts: Times, ends: Times) -> Times:
    """For each period the reading at which its first counted step begins; -1: none."""
    found: Times = np.append(_begins_at(steps), -1)[_first_counted(steps, starts, ends)]
    return found


def _begins_whole(steps: Steps, starts: Times, ends: Times, measured: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each period, whether its first counted step begins at a measured reading that is not stamped before it."""
    begins = first_begins(steps, starts, ends)
    whole: NDArray[np.bool_] = (np.append(steps.stamps, _NEVER)[begins] >= starts) & np.append(measured, True)[begins]
    return whole


def ends_at_outlier(steps: Steps, starts: Times, ends: Times) -> NDArray[np.bool_]:
    """For each period, whether its last reading is an outlier, so that its last advance is in a later period."""
    last = np.searchsorted(steps.stamps, ends, "right") - 1
    inside = np.where(last < 0, -_NEVER, np.append(steps.stamps, -_NEVER)[last]) > starts
    outlier: NDArray[np.bool_] = inside & np.append(steps.of_kind(StepKind.OUTLIER), False)[last]
    return outlier


def _bound(steps: Steps, starts: Times, ends: Times, measured: NDArray[np.bool_]) -> NDArray[np.object_]:
    """For each period the sum of the plain settled steps within it, from a measured reading to another, less the
    heights of the falls; not below 0.
    """
    begins = _begins_at(steps)
    plain = steps.counted & ((steps.kinds & ~StepKind.FALL) == 0) & measured & np.append(measured, True)[begins]
    sums = _total(steps, plain, starts, ends).astype(object)
    first = _first_counted(steps, starts, ends)
    from_before = np.append(plain, False)[first] & (
        np.append(steps.stamps, _NEVER)[np.append(begins, -1)[first]] < starts
    )
    sums -= np.where(from_before, np.append(steps.advance, 0)[first], 0).astype(object)
    bound: NDArray[np.object_] = np.maximum(sums - _heights(steps, starts, ends), 0)
    return bound


def _total(steps: Steps, which: NDArray[np.bool_], starts: Times, ends: Times) -> Mantissas:
    """For each period the sum of the steps in question."""
    before = _running(np.where(which, steps.advance, 0))
    low, high = (np.searchsorted(steps.stamps, edges, "right") for edges in (starts, ends))
    return before[high] - before[low]


def _heights(steps: Steps, starts: Times, ends: Times) -> NDArray[np.object_]:
    """For each period the heights of the falls of which it has the reading, or a step that one marks.

    Of an unseen one each reading of the days that it might mark is enough: nobody knows how far the register fell.
    """
    heights = np.zeros(len(starts), object)
    begin, end = (np.searchsorted(steps.stamps, edges, "right") for edges in (starts, ends))
    marked = _running(steps.of_kind(StepKind.FALL | StepKind.OPEN).astype(np.int64))
    for fall in steps.falls:
        first, last = (np.clip(edge, fall.since, fall.at + 1) for edge in (begin, end))
        touched = (last > first) if fall.unseen else (marked[last] > marked[first])
        heights[touched] += _BEYOND_ALL if fall.unseen else fall.height
    return heights


def _running(advance: Mantissas) -> Mantissas:
    """The sum before each element and after the last; exact."""
    if advance.dtype == np.int64 and len(advance) and int(np.abs(advance).max()) * len(advance) >= _SAFE:
        advance = advance.astype(object)
    sums = np.zeros(len(advance) + 1, advance.dtype)
    np.cumsum(advance, out=sums[1:])
    return sums


def _where(known: NDArray[np.bool_], values: Mantissas) -> NDArray[np.object_]:
    """The values as Python integers, None where not known."""
    found = np.empty(len(known), object)
    found[:] = [value if there else None for value, there in zip(values.tolist(), known.tolist(), strict=True)]
    return found
