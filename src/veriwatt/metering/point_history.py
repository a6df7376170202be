"""A point over time: the series in which its values mean one thing, and what is recorded of its register.

A change of terminal, parent or data code leaves the values as they are: it begins no series here
(docs/spec/slots-and-periods.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veriwatt.energy.calendar import Grid
from veriwatt.errors import Refused
from veriwatt.metering.slots import grid_of
from veriwatt.metering.totals import Times
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.units import Interval, UtcMillis

ALWAYS = Interval(-(2**62), 2**62)


class SeveralDefinitions(Refused):
    """A point was defined anew within a span, so that no one figure says what it was."""

    code = "several-definitions"

    def __init__(self, point: str) -> None:
        super().__init__(f"the definition of {point} changed within the span; ask for a part under one definition")
        self.point = point


@dataclass(frozen=True, slots=True)
class ValueSeries:
    """The slots that begin in `span` have values of this definition."""

    definition: PointDefinition
    span: Interval


@dataclass(frozen=True, slots=True)
class PointHistory:
    """What the ledger knows of a point: its series in the order of time, and the record of its register.

    The series cover all time: the first one reaches back, and the last one on, without end. None means that a point was
    never defined anew; its one definition is known to whoever asks. `begins` is when its first definition took effect,
    `newest_end` the time of its org's newest anchor, after which no slot on the ledger ends; without them every slot
    that is not among the readings is taken to be none.
    """

    series: tuple[ValueSeries, ...] = ()
    record: RegisterRecord = RegisterRecord()
    newest_end: UtcMillis | None = None
    begins: UtcMillis | None = None

    def within(self, span: Interval, definition: PointDefinition) -> tuple[ValueSeries, ...]:
        """The series that overlap `span`; that of `definition`, the point's newest, if there is no other."""
        found = tuple(s for s in self.series if s.span.start < span.end and span.start < s.span.end)
        return found or (ValueSeries(definition, ALWAYS),)

    def at(self, t: UtcMillis, definition: PointDefinition) -> ValueSeries:
        """The series of the slot that begins at `t`."""
        return self.within(Interval(t, t + 1), definition)[0]


@dataclass(frozen=True, slots=True)
class SlotsOfSeries:
    """`SlotCounter`: the slots of each series within its own time."""

    series: tuple[ValueSeries, ...]

    def count_array(self, starts: Times, ends: Times) -> Times:
        counts = np.zeros(len(starts), np.int64)
        for inside, grid, low, high in self._parts(starts, ends):
            counts[inside] += grid.count_array(low, high)
        return counts

    def cut_array(self, starts: Times, ends: Times) -> NDArray[np.bool_]:
        cut = np.zeros(len(starts), np.bool_)
        for inside, grid, low, high in self._parts(starts, ends):
            cut[inside] |= grid.cut_array(low, high)
        return cut

    def _parts(self, starts: Times, ends: Times) -> Iterator[tuple[NDArray[np.bool_], Grid, Times, Times]]:
        """For each series: which spans overlap it, its grid, and the starts and ends of these spans within it."""
        for each in self.series:
            low, high = np.maximum(starts, each.span.start), np.minimum(ends, each.span.end)
            inside, d = low < high, each.definition
            yield inside, grid_of(d.timezone, d.slot, d.day_begins), low[inside], high[inside]


def value_series(defined: Iterable[tuple[UtcMillis, PointDefinition]]) -> tuple[ValueSeries, ...]:
    """The series of definitions that took effect at these times, in order: neighbours that mean the same are one."""
    kept = list[tuple[UtcMillis, PointDefinition]]()
    for start, definition in defined:
        if kept and kept[-1][1].same_values(definition):
            kept[-1] = (kept[-1][0], definition)
        else:
            kept.append((start, definition))
    edges = [ALWAYS.start, *(start for start, _ in kept[1:]), ALWAYS.end]
    return tuple(ValueSeries(d, Interval(edges[i], edges[i + 1])) for i, (_, d) in enumerate(kept))


def common_definition(definitions: Iterable[PointDefinition]) -> PointDefinition:
    """What one figure of all of them is given as: the last one, at the finest scale of all, to which values convert.

    Raises:
        SeveralDefinitions: their values are no parts of one sum.
    """
    found = tuple(definitions)
    last, finest = found[-1], min(found, key=lambda d: d.scale)
    if any(not d.adds_to(last) for d in found):
        raise SeveralDefinitions(last.id)
    return last if last.scale == finest.scale else last.at_resolution(finest)
