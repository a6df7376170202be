"""Compare a series with the readings of its point, and find its new slots.

Slot by slot: a value that the slot has, or had in an earlier version, is nothing new; but if the source states that the
value in force has another status, that is a new version. A value over a gap is a new version, a gap never replaces a
value, and any other value is a conflict that only `veriwatt correct` resolves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veriwatt.energy.calendar import Zone
from veriwatt.errors import NotFound
from veriwatt.metering.rejections import MOST_LISTED, Rejections
from veriwatt.metering.series import Series
from veriwatt.model.frames.columns import Ints
from veriwatt.model.frames.statuses import has_value
from veriwatt.model.points.status import Status
from veriwatt.readmodel.readings_view import ReadingsView


@dataclass(frozen=True, slots=True)
class NewSlots:
    """The slots of a series to be stated in frames: `is_new` has one entry for each slot of the series.

    `replaced` has, for a new slot that replaces a version, the chain position of that version's frame; else -1.
    """

    series: Series
    is_new: NDArray[np.bool_]
    replaced: Ints

    def counts(self) -> dict[Status, int]:
        """The number of new slots of each status."""
        codes = self.series.statuses[self.is_new]
        return {status: int((codes == status).sum()) for status in Status}


def find_new_slots(series: Series, view: ReadingsView, org: str, conflicts: Rejections) -> NewSlots:
    """Find the new slots of a series; values that contradict readings of the point are added to `conflicts`."""
    replaced = np.full(len(series.starts), -1, np.int64)
    is_new = series.statuses != Status.ABSENT
    try:
        rows = view.read(org, series.definition.id, int(series.starts[0]), int(series.ends[-1]))
    except NotFound:
        return NewSlots(series, is_new, replaced)
    at = np.searchsorted(series.starts, rows.starts)
    had_gap, brings_value = rows.statuses == Status.GAP, has_value(series.statuses[at])
    differs = brings_value & ~had_gap & (rows.values != series.values[at])
    renews = brings_value & had_gap
    if series.has_statuses:
        renews |= brings_value & ~had_gap & ~differs & (rows.statuses != series.statuses[at])
    known = _in_earlier_version(series, view, org, at[differs | renews])
    conflicting = np.flatnonzero(differs & ~known[at])
    renews &= ~known[at]
    is_new[at] = renews
    replaced[at[renews]] = rows.positions[renews]
    _reject(series, at[conflicting], rows.values[conflicting], conflicts)
    return NewSlots(series, is_new, replaced)


def _in_earlier_version(series: Series, view: ReadingsView, org: str, at: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which of the slots numbered `at` had the series' value and status, or value, in a version before."""
    found = np.zeros(len(series.starts), np.bool_)
    if not len(at):
        return found
    old = view.replaced(org, series.definition.id, int(series.starts[at[0]]), int(series.ends[at[-1]]))
    where = np.minimum(np.searchsorted(series.starts, old.starts), len(series.starts) - 1)
    equal = (series.starts[where] == old.starts) & has_value(old.statuses) & (series.values[where] == old.values)
    if series.has_statuses:
        equal &= series.statuses[where] == old.statuses
    found[where[equal]] = True
    return found


def count_by_status(new_slots: Sequence[NewSlots]) -> dict[Status, int]:
    """The number of new slots of each status, over several series."""
    counts = [each.counts() for each in new_slots]
    return {status: sum(count[status] for count in counts) for status in Status}


def _reject(series: Series, at: NDArray[np.intp], recorded: Ints, conflicts: Rejections) -> None:
    """Reject the slots numbered `at`, whose recorded values are `recorded`."""
    zone, definition = Zone.parse(series.definition.timezone), series.definition

    def rejection(i: int, value: int) -> tuple[int, str, str, str]:
        slot = f"the slot of {definition.id} that starts at {zone.rfc3339(int(series.starts[i]))}"
        why = f"{slot} has {definition.value(value)} {definition.unit} already; `veriwatt correct` makes a new version"
        return int(series.lines[i]), series.field, str(definition.value(int(series.values[i]))), why

    earliest = np.argsort(series.lines[at], kind="stable")[:MOST_LISTED]
    conflicts.add_many(len(at), map(rejection, at[earliest].tolist(), recorded[earliest].tolist()))
