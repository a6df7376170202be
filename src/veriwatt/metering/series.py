"""The readings of one source as series: the interface between bridges and importing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from veriwatt.ids import Digest
from veriwatt.metering.rejections import Rejection
from veriwatt.metering.rounding import Rounding
from veriwatt.metering.stated_gaps import StatedGaps
from veriwatt.model.frames.origin import Origin
from veriwatt.model.points.point import PointDefinition


class SourceParts(Protocol):
    """The settings, as `Series.settings`, under which other parts of one source are read for a point."""

    def sheet_settings(self) -> Sequence[Digest]:
        """Those of the same column in each sheet of the source, in one order for all its points."""

    def column_settings(self) -> Iterable[Digest]:
        """Those of every other column."""


@dataclass(frozen=True, slots=True)
class Series:
    """Every slot of one point from its first reading in the source to its last, in order.

    Attributes:
        field: the source's name of the column or register, for messages.
        definition: the definition of the point.
        group: the group that a new point joins.
        settings: a digest of everything but the source that determines the values, such as a mapping.
        has_statuses: whether the source itself states which values are measured and which are estimated.
        starts: the start of each slot, UTC milliseconds, strictly increasing.
        ends: the end of each slot, UTC milliseconds, exclusive.
        values: mantissas at `definition.scale`; 0 for a gap.
        statuses: codes of `Status`; ABSENT for a slot whose reading was rejected.
        reasons: codes of `SlotReason`: why a gap is one; 0 for every other slot.
        lines: the line of each value in the source, as `Rejection.line`; 0 for a gap.
        blank: the starts and ends of the slots for which the source has a cell without a value and nothing else, in
            order; also of those before the first reading and after the last.
        stated_gaps: the gaps that the source states, by reason.
        rounding: the slots whose value was rounded to the resolution; None if none was.
        texts: returns the texts of the series' cells in lines that are in order, as the source has them, for messages;
            of the first lines only if not all are wanted. None where the source keeps none. It may read the source
            again, and raise BadInput if that is gone or has changed.
        parts: the other parts of the source that the same mapping could read for the point; None if it has none.
    """

    field: str
    definition: PointDefinition
    group: str
    settings: Digest
    has_statuses: bool
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    values: NDArray[np.int64]
    statuses: NDArray[np.uint8]
    reasons: NDArray[np.uint8]
    lines: NDArray[np.int32]
    blank: NDArray[np.int64]
    stated_gaps: tuple[StatedGaps, ...] = ()
    rounding: Rounding | None = None
    texts: Callable[[NDArray[np.int64]], Mapping[int, str]] | None = None
    parts: SourceParts | None = None


class Source(Protocol):
    """A file, database or other system that readings come from."""

    @property
    def name(self) -> str:
        """Its name in messages."""

    def origin(self, settings: Digest) -> Origin:
        """The origin stated by frames with its values; `settings` is one digest over all series of a group."""


@dataclass(frozen=True, slots=True)
class SourceReadings:
    """All series and rejections of one source.

    `rows` counts its data rows. `rejected` lists the rejections with the lowest lines, at most `MOST_LISTED` of
    `rejected_count`; the series have the accepted values only. A point without readings has no series. An unreadable
    source has one rejection and no series. `repeated` counts the rows that repeat another in every field, `not_ended`
    those that are left out because their slot is under way, `without_value` those that have no value for a slot of
    which another row says more, and `set_aside` the versions and copies beside the row of their slot that counts.
    `blanks_beyond` counts the cells without a value before the first reading of their point, and after its last.
    `sheet` names the sheet of a workbook that was read.
    """

    source: Source
    series: tuple[Series, ...]
    rows: int
    rejected: tuple[Rejection, ...]
    rejected_count: int
    repeated: int = 0
    not_ended: int = 0
    without_value: int = 0
    set_aside: int = 0
    blanks_beyond: int = 0
    sheet: str | None = None
