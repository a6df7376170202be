"""Samples: the value or gap of one slot of one point, between reading the meter and framing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from veriwatt.model.points.status import Status
from veriwatt.terminal.drivers.base import GapReason
from veriwatt.units import UtcMillis

MOST_BEFORE = 8
"""Register readings before the newest that are remembered: more than a run of outliers and its neighbour."""


class SampleFlag(IntFlag):
    """What is known of a sample beside its value."""

    NONE = 0
    FELL = 1
    """The cumulative register is lower than the reading before it; the value is stored as read all the same."""
    TAKES_BACK = 2
    """A gap of a slot that was stated with an amount, which a later reading shows to be none."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One slot `[start, end)` of one point.

    `value` is the mantissa at the point's scale, and None exactly when the status is GAP; then there is a `reason`.
    `register` is the mantissa of the cumulative register read at `end`, if any: the next interval is counted from it.
    """

    point: str
    start: UtcMillis
    end: UtcMillis
    value: int | None
    status: Status
    collected_at: UtcMillis
    reason: GapReason | None = None
    flags: SampleFlag = SampleFlag.NONE
    register: int | None = None

    @property
    def takes_back(self) -> bool:
        return SampleFlag.TAKES_BACK in self.flags

    def __post_init__(self) -> None:
        if self.status.has_value != (self.value is not None) or self.status is Status.ABSENT:
            raise TypeError(f"a sample of status {self.status.name} with value {self.value}")


@dataclass(frozen=True, slots=True)
class NewestSlot:
    """The `end` of a point's newest slot, and its newest register reading with its time stamp.

    `before` are the readings before that one, (time stamp, register), oldest first: as many as tell an outlier from a
    fall. The spool has them too, so that a terminal that starts anew judges as one that never stopped.
    """

    end: UtcMillis
    register: int | None
    register_at: UtcMillis | None
    before: tuple[tuple[UtcMillis, int], ...] = ()

    @property
    def readings(self) -> tuple[tuple[UtcMillis, int], ...]:
        """All the readings, (time stamp, register), oldest first."""
        if self.register is None or self.register_at is None:
            return self.before
        return (*self.before, (self.register_at, self.register))

    def next(self, end: UtcMillis, register: int | None) -> NewestSlot:
        """After one more slot, which ends at `end` with this register reading, if there is one."""
        if register is None:
            return replace(self, end=end)
        return NewestSlot(end, register, end, self.readings[-MOST_BEFORE:])


@dataclass(frozen=True, slots=True)
class SampleColumns:
    """A point's unframed slots in slot order, as columns of equal length.

    `values` is 0 where `statuses` is GAP, and `reasons` has the `SlotReason` of each gap. `ids` identify the stored
    rows, so that `Spool.prepare_frames` deletes exactly these rows.
    """

    point: str
    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    values: NDArray[np.int64]
    statuses: NDArray[np.uint8]
    reasons: NDArray[np.uint8]
    collected_at: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, rows: NDArray[np.bool_] | slice) -> SampleColumns:
        """The rows for which a mask is true, or those of a slice."""
        return SampleColumns(
            self.point,
            self.ids[rows],
            self.starts[rows],
            self.ends[rows],
            self.values[rows],
            self.statuses[rows],
            self.reasons[rows],
            self.collected_at[rows],
        )
