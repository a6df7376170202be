"""The slots of frames that are not their points' values, which no query, page or count of completeness takes in.

The same rule refuses their evidence (`model.points.standing`). They are counted, with both definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from veriwatt.metering.group_points import GroupPoints
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.origin import Meter
from veriwatt.model.points.point_record import PointRecord, PointSeries
from veriwatt.model.points.standing import Standing, StatedUnder
from veriwatt.readmodel.reading_rows import LeftOut, stated_slots

RecordOf = Callable[[str, str], PointRecord | None]
"""The timeline of a point, by org and point."""


@dataclass(frozen=True, slots=True)
class SplitGroup:
    """The columns of a group with the slots that count alone, and the slots that were left out."""

    columns: tuple[Column, ...]
    left_out: tuple[LeftOut, ...]


class SlotFilter:
    """Leaves out the slots that are not their points' values by the ledger, which is read once for each point."""

    def __init__(self, record_of: RecordOf) -> None:
        self._record_of = record_of
        self._records: dict[tuple[str, str], PointRecord | None] = {}
        self._stated: dict[tuple[str, str, int, str, bool], tuple[StatedUnder, ...]] = {}

    def split(self, header: FrameHeader, points: GroupPoints, columns: Sequence[Column]) -> SplitGroup:
        """Split the opened columns of one group of a frame, one for each point of the group in order."""
        kept, left_out = list[Column](), list[LeftOut]()
        for column, stated in zip(columns, self._stated_under(header, points), strict=True):
            record = self.record(header.org, column.point)
            if record is not None and len(column.starts) and _all_count(record, stated, column):
                kept.append(column)
                continue
            counted = stated_slots(column)
            for part, series in _stretches(counted, record):
                standing = stated.standing(series)
                if standing is Standing.COUNTS:
                    kept.append(part)
                else:
                    left_out.append(_left_out(part, stated, standing, series))
        return SplitGroup(tuple(kept), tuple(left_out))

    def record(self, org: str, point: str) -> PointRecord | None:
        """The timeline of a point."""
        if (org, point) not in self._records:
            self._records[org, point] = self._record_of(org, point)
        return self._records[org, point]

    def still_left_out(self, org: str, left_out: LeftOut) -> bool:
        """Whether the ledger has no more of the point than when its slots were left out as not defined.

        A point may begin earlier later on: then they count.
        """
        record = self.record(org, left_out.point)
        return record is None or record.at(left_out.start) is None is record.at(left_out.last)

    def _stated_under(self, header: FrameHeader, points: GroupPoints) -> tuple[StatedUnder, ...]:
        version, meter = points.version, isinstance(header.origin, Meter)
        key = header.org, version.group, version.n, header.terminal, meter
        if key not in self._stated:
            self._stated[key] = tuple(
                StatedUnder(version.group, version.n, d.digest, not meter or d.terminal == header.terminal)
                for d in points.definitions
            )
        return self._stated[key]


def _all_count(record: PointRecord, stated: StatedUnder, column: Column) -> bool:
    """Whether one series covers the starts of all slots, and they count under it."""
    series = record.at(int(column.starts[0]))
    return (
        series is not None
        and (series.until is None or int(column.starts[-1]) < series.until)
        and stated.standing(series) is Standing.COUNTS
    )


def _stretches(column: Column, record: PointRecord | None) -> Iterator[tuple[Column, PointSeries | None]]:
    """The column in pieces at the edges of the point's series; no piece is empty."""
    series = () if record is None else record.series
    edges = {t for each in series for t in (each.effective_from, each.until) if t is not None}
    cuts = np.searchsorted(column.starts, sorted(edges)).tolist()
    bounds = sorted({0, *cuts, len(column.starts)})
    for low, high in zip(bounds, bounds[1:], strict=False):
        part = column.part(low, high)
        yield part, None if record is None else record.at(int(part.starts[0]))


def _left_out(part: Column, stated: StatedUnder, standing: Standing, series: PointSeries | None) -> LeftOut:
    first, last, count = int(part.starts[0]), int(part.starts[-1]), len(part.starts)
    told = LeftOut(part.point, first, last, count, standing, stated.group, stated.n, stated.definition)
    if series is None:
        return told
    return replace(
        told, group_in_force=series.group, version_in_force=series.first_version, definition_in_force=series.definition
    )
