"""Compare a series with the readings of its point, and find its new slots.

Only the same slot is compared, of the same start and end, under definitions that mean the same; a new value in a slot
that the source cannot state is refused (`own_slots`). Slot by slot: a value that the slot has, or had in an earlier
version, is nothing new; but if the source states that a value in force, which no meter stated, has another status, that
is a new version. A value over a gap is a new version, also the one that the gap replaced, unless a meter had stated it:
a terminal that delivers late that it has no reading takes back its own value, and no other. A gap never replaces a
value, and any other value is a conflict that only `veriwatt correct` resolves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veriwatt.energy.calendar import Zone
from veriwatt.errors import NotFound
from veriwatt.importing.own_slots import OwnSlots
from veriwatt.metering.rejections import Rejections
from veriwatt.metering.series import Series
from veriwatt.model.frames.columns import Ints
from veriwatt.model.frames.statuses import has_value
from veriwatt.model.points.status import Status
from veriwatt.readmodel.reading_rows import ReadingRows
from veriwatt.readmodel.readings_view import ReadingsView

_Reason = Callable[[int, str], str]
"""Why the slot with a number, named in words, is rejected."""


@dataclass(frozen=True, slots=True)
class NewSlots:
    """The slots of a series to be stated in frames: `is_new` has one entry for each slot of the series.

    `own` says which version of a group states each. `replaced` has, for a new slot that replaces a version, the chain
    position of that version's frame; else -1. `gaps_over_values` counts the slots that the source
    marks as gaps, for a reason, and whose value in force stays; `blanks_over_values` those of which it has a cell
    without a value.
    """

    series: Series
    own: OwnSlots
    is_new: NDArray[np.bool_]
    replaced: Ints
    gaps_over_values: int = 0
    blanks_over_values: int = 0

    def counts(self) -> dict[Status, int]:
        """The number of new slots of each status."""
        codes = self.series.statuses[self.is_new]
        return {status: int((codes == status).sum()) for status in Status}


def find_new_slots(series: Series, own: OwnSlots, view: ReadingsView, org: str, conflicts: Rejections) -> NewSlots:
    """Find the new slots of a series.

    Values that contradict readings of the point, or are new where the source cannot state them, go to `conflicts`.
    """
    replaced, held = np.full(len(series.starts), -1, np.int64), own.held
    is_new, brings_value = series.statuses != Status.ABSENT, has_value(series.statuses)
    gaps_over_values = blanks_over_values = 0
    with suppress(NotFound):
        rows = view.read(org, series.definition.id, int(series.starts[0]), int(series.ends[-1]))
        row, at = _same_slots(series.starts, series.ends, rows)
        row, at = row[held[at]], at[held[at]]
        had_gap, brings = rows.statuses[row] == Status.GAP, brings_value[at]
        blanks_over_values = _blanks_over_values(series, view, org)
        gaps_over_values = int(((series.reasons[at] > 0) & has_value(rows.statuses[row])).sum())
        differs = brings & ~had_gap & (rows.values[row] != series.values[at])
        renews = brings & had_gap
        if series.has_statuses:
            other_status = brings & ~had_gap & ~differs & (rows.statuses[row] != series.statuses[at])
            renews |= other_status & ~_of_a_meter(rows.statuses[row], rows.positions[row], view, org)
        known = _nothing_new(series, view, org, at[differs | renews], at[renews & had_gap])
        conflicting = differs & ~known[at]
        renews &= ~known[at]
        is_new[at] = renews
        replaced[at[renews]] = rows.positions[row[renews]]
        recorded = dict(zip(at[conflicting].tolist(), rows.values[row[conflicting]].tolist(), strict=True))
        _reject(series, at[conflicting], lambda i, slot: _has_already(series, i, slot, recorded[i]), conflicts)
    for why, within in own.refused:
        _reject(series, np.flatnonzero(is_new & brings_value & within), _always(why), conflicts)
    return NewSlots(series, own, is_new & held, replaced, gaps_over_values, blanks_over_values)


def _blanks_over_values(series: Series, view: ReadingsView, org: str) -> int:
    """The number of slots with a recorded value for which the source has a cell without one."""
    starts, ends = series.blank
    if not len(starts):
        return 0
    rows = view.read(org, series.definition.id, int(starts[0]), int(ends[-1]))
    row, _ = _same_slots(starts, ends, rows)
    return int(has_value(rows.statuses[row]).sum())


def _same_slots(starts: Ints, ends: Ints, rows: ReadingRows) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The numbers of the rows whose slot is one of those given, with the same start and end, and those of the slots."""
    at = np.minimum(np.searchsorted(starts, rows.starts), len(starts) - 1)
    same = np.flatnonzero((starts[at] == rows.starts) & (ends[at] == rows.stops))
    return same, at[same]


def _of_a_meter(statuses: NDArray[np.uint8], positions: Ints, view: ReadingsView, org: str) -> NDArray[np.bool_]:
    """Which values a meter stated: neither a file nor a person did."""
    stated: NDArray[np.bool_] = (statuses != Status.MANUAL) & ~np.isin(positions, view.positions_of_files(org))
    return stated


def _nothing_new(
    series: Series, view: ReadingsView, org: str, at: NDArray[np.intp], gaps: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Which of the slots numbered `at` had the series' value and status, or value, in a version before.

    Not those of `gaps`, where a gap is in force, whose last value is this one and was stated by no meter.
    """
    had = np.zeros(len(series.starts), np.bool_)
    if not len(at):
        return had
    old = view.replaced(org, series.definition.id, int(series.starts[at[0]]), int(series.ends[at[-1]]))
    row, where = _same_slots(series.starts, series.ends, old)
    valued = has_value(old.statuses[row])
    row, where = row[valued], where[valued]
    equal = series.values[where] == old.values[row]
    if series.has_statuses:
        equal &= series.statuses[where] == old.statuses[row]
    had[where[equal]] = True
    again = np.zeros(len(series.starts), np.bool_)
    again[where] = equal & ~_of_a_meter(old.statuses[row], old.positions[row], view, org)  # the last version counts
    had[gaps] &= ~again[gaps]
    return had


def count_by_status(new_slots: Sequence[NewSlots]) -> dict[Status, int]:
    """The number of new slots of each status, over several series."""
    counts = [each.counts() for each in new_slots]
    return {status: sum(count[status] for count in counts) for status in Status}


def _has_already(series: Series, i: int, slot: str, recorded: int) -> str:
    stated, held = (
        f"{series.definition.value(each)} {series.definition.unit}" for each in (int(series.values[i]), recorded)
    )
    return f"{stated} for {slot}, which has {held} already; `veriwatt correct` makes a new version"


def _always(why: str) -> _Reason:
    return lambda _, slot: f"{slot} {why}"


def _reject(series: Series, at: NDArray[np.intp], reason: _Reason, conflicts: Rejections) -> None:
    """Reject the slots numbered `at`, each for its reason: the cell as the source has it, where it keeps its texts."""
    zone, definition = Zone.parse(series.definition.timezone), series.definition
    in_order = at[np.argsort(series.lines[at], kind="stable")]

    def each() -> Iterator[tuple[int, str, str, str]]:
        texts = {} if series.texts is None else series.texts(series.lines[in_order].astype(np.int64))
        for i in in_order.tolist():
            line, slot = int(series.lines[i]), zone.rfc3339(int(series.starts[i]))
            text = texts.get(line, str(definition.value(int(series.values[i]))))
            yield line, series.field, text, reason(i, f"the slot of {definition.id} that starts at {slot}")

    if len(at):
        conflicts.add_many(len(at), each())
