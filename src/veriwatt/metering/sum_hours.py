"""Totals of periods from hourly totals; they equal the totals of the readings.

For interval and instant points only; the total of a register comes from its steps.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from veriwatt.metering.totals import Times, Totals, rounded_means

_SAFE = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Hourly totals of several points, in any order; `points[i]` is the index of the point in the query.

    `[starts[i], ends[i])` spans the slots of the hour, and `values[i]` is their sum, 0 if none has a value. If
    `vast[i]`, the sum is beyond ±2**62 and is not stored.
    """

    points: NDArray[np.int32]
    starts: Times
    ends: Times
    values: Times
    vast: NDArray[np.bool_]
    measured: NDArray[Any]
    estimated: NDArray[Any]
    manual: NDArray[Any]
    gap: NDArray[Any]

    def only(self, kept: NDArray[np.bool_]) -> Hours:
        return Hours(*(getattr(self, field.name)[kept] for field in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class HourSums:
    """The sums of the hours of each point (row) in each period (column) between `edges`.

    `usable[i]` is false if an edge divides an hour of point i, or one of its sums is vast.
    """

    edges: Times
    usable: NDArray[np.bool_]
    values: Times
    measured: Times
    estimated: Times
    manual: Times
    gap: Times

    def totals(self, point: int, kind: str, step: int, expected: Times, cut: NDArray[np.bool_]) -> Totals:
        """The totals of one usable point; `step` rounds the means of instants.

        `expected` and `cut` are those of `Totals`.
        """
        measured, estimated, manual = self.measured[point], self.estimated[point], self.manual[point]
        counts, values = measured + estimated + manual, self.values[point]
        if kind == "instant":
            values = rounded_means(values, counts, step)
        bridged = np.zeros(len(counts), np.bool_)
        starts, ends = self.edges[:-1], self.edges[1:]
        statuses = (measured, estimated, manual, self.gap[point])
        return Totals(starts, ends, values, counts > 0, expected, *statuses, bridged, cut=cut)


def sum_hours(hours: Hours, points: int, edges: Times) -> HourSums:
    """Sum hours by period; `edges` bound the periods, `points` is the number of points in the query."""
    periods = len(edges) - 1
    at = np.searchsorted(edges, hours.starts, "right") - 1
    cut = (at < 0) | (hours.ends > edges[np.minimum(at + 1, periods)])
    usable = _fit(hours, points)
    usable[hours.points[cut | hours.vast]] = False
    if not usable.all():
        kept = usable[hours.points]
        hours, at = hours.only(kept), at[kept]
    cells = hours.points.astype(np.int64) * periods + at
    values = np.zeros(points * periods, np.int64)
    np.add.at(values, cells, hours.values)
    counts = (hours.measured, hours.estimated, hours.manual, hours.gap)
    shape = (points, periods)
    return HourSums(edges, usable, values.reshape(shape), *(_counts(column, cells, shape) for column in counts))


def _fit(hours: Hours, points: int) -> NDArray[np.bool_]:
    """For each point, whether every sum of its hours certainly fits 64 bits."""
    largest = np.zeros(points, np.int64)
    np.maximum.at(largest, hours.points, np.abs(hours.values))
    fit: NDArray[np.bool_] = largest <= _SAFE // np.maximum(np.bincount(hours.points, minlength=points), 1)
    return fit


def _counts(column: NDArray[Any], cells: Times, shape: tuple[int, int]) -> Times:
    if not column.any():
        return np.zeros(shape, np.int64)
    found = np.bincount(cells, column, shape[0] * shape[1])  # floats, exact below 2**53
    return found.astype(np.int64).reshape(shape)
