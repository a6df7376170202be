"""Readings of one source as series: what every bridge hands over, and all that importing knows of a bridge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from veriwatt.ids import Digest
from veriwatt.metering.rejections import Rejection
from veriwatt.model.frames.origin import Origin
from veriwatt.model.points.point import PointDefinition


@dataclass(frozen=True, slots=True)
class Series:
    """Every slot of one point from its first reading in the source to its last, in order.

    Attributes:
        field: the column or register as the source names it, for messages.
        definition: the point that the values are of.
        group: the group that a new point joins.
        settings: one digest over everything besides the source that the values follow from, such as a mapping.
        starts: of each slot, UTC milliseconds, strictly rising.
        ends: of each slot, UTC milliseconds, exclusive.
        values: mantissas at `definition.scale`; 0 for a gap, where it means nothing.
        statuses: codes of `Status`.
        lines: where in the source each value stands, as `Rejection.line`; 0 for a gap.
    """

    field: str
    definition: PointDefinition
    group: str
    settings: Digest
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    values: NDArray[np.int64]
    statuses: NDArray[np.uint8]
    lines: NDArray[np.int32]


class Source(Protocol):
    """A file, database or other system from which readings were taken."""

    @property
    def name(self) -> str:
        """Its name in messages."""

    def origin(self, settings: Digest) -> Origin:
        """The origin that frames with its values state; `settings` covers those of all series of a group."""


@dataclass(frozen=True, slots=True)
class SourceReadings:
    """Everything that was read from one source.

    `rows` counts its data rows. `rejected` lists the rejections of the lowest lines, `MOST_LISTED` of
    `rejected_count` at most; the series hold the accepted values only. A point without a single reading has no
    series. A source that cannot be read at all has one rejection and no series.
    """

    source: Source
    series: tuple[Series, ...]
    rows: int
    rejected: tuple[Rejection, ...]
    rejected_count: int
