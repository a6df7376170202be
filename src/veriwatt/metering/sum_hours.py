"""Totals of periods from hourly totals; they equal the totals of the readings.

For interval and instant points only; the total of a register comes from its steps.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from veriwatt.metering.totals import Times, Totals, rounded_means, time_weights
from veriwatt.units import MINUTE, slot_minutes

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

    @property
    def known(self) -> Times:
        """How many slots of each hour have a value."""
        known: Times = self.measured.astype(np.int64) + self.estimated + self.manual
        return known

    def slot_lengths(self, minutes: int | None) -> tuple[Times, NDArray[np.bool_]]:
        """The length of each slot of every hour, and whether the slots of the hour are equally long.

        Every slot has so many minutes but the last of a day, which its end may cut; None: each hour is of one slot.
        """
        spans = self.ends - self.starts
        if minutes is None:
            return spans, np.ones(len(spans), np.bool_)
        length = minutes * MINUTE
        alone = self.known + self.gap == 1
        return np.where(alone, spans, length), alone | (spans % length == 0)

    def only(self, kept: NDArray[np.bool_]) -> Hours:
        return Hours(*(getattr(self, field.name)[kept] for field in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class HourSums:
    """The sums of the hours of each point (row) in each period (column) between `edges`.

    `usable[i]` is false if an edge divides an hour of point i, one of its sums is vast, or, of instants, the slots of
    an hour differ in length. Of instants `values` and `weights` are weighed by the lengths of the slots.
    """

    edges: Times
    usable: NDArray[np.bool_]
    values: Times
    weights: Times
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
            values = rounded_means(values, self.weights[point], step)
        bridged = np.zeros(len(counts), np.bool_)
        starts, ends = self.edges[:-1], self.edges[1:]
        statuses = (measured, estimated, manual, self.gap[point])
        return Totals(starts, ends, values, counts > 0, expected, *statuses, bridged, cut=cut)


def sum_hours(hours: Hours, points: int, edges: Times, kind: str, slot: str) -> HourSums:
    """Sum hours by period; `edges` bound the periods, `points` is the number of points in the query.

    All points are of this kind and have slots of this length.
    """
    periods = len(edges) - 1
    at = np.searchsorted(edges, hours.starts, "right") - 1
    unfit = (at < 0) | (hours.ends > edges[np.minimum(at + 1, periods)]) | hours.vast
    weights = np.ones(len(hours.starts), np.int64)
    if kind == "instant":
        lengths, alike = hours.slot_lengths(slot_minutes(slot))
        weights, unfit = time_weights(lengths), unfit | ~alike
    usable = _fit(hours, points, weights)
    usable[hours.points[unfit]] = False
    if not usable.all():
        kept = usable[hours.points]
        hours, at, weights = hours.only(kept), at[kept], weights[kept]
    cells = hours.points.astype(np.int64) * periods + at
    sums = np.zeros((2, points * periods), np.int64)
    np.add.at(sums[0], cells, hours.values * weights)
    np.add.at(sums[1], cells, hours.known * weights)
    counts = (hours.measured, hours.estimated, hours.manual, hours.gap)
    shape = (points, periods)
    return HourSums(edges, usable, *sums.reshape(2, *shape), *(_counts(column, cells, shape) for column in counts))


def _fit(hours: Hours, points: int, weights: Times) -> NDArray[np.bool_]:
    """For each point, whether every weighed sum of its hours certainly fits 64 bits."""
    largest = np.zeros(points, np.int64)
    np.maximum.at(largest, hours.points, np.abs(hours.values))
    most = np.maximum(np.bincount(hours.points, minlength=points), 1) * int(weights.max(initial=1))
    fit: NDArray[np.bool_] = largest <= _SAFE // most
    return fit


def _counts(column: NDArray[Any], cells: Times, shape: tuple[int, int]) -> Times:
    if not column.any():
        return np.zeros(shape, np.int64)
    found = np.bincount(cells, column, shape[0] * shape[1])  # floats, exact below 2**53
    return found.astype(np.int64).reshape(shape)
