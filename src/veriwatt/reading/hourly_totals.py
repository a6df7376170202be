"""Totals from the hourly sums that the readings view stores: some thousand rows a point and year.

They always equal the totals of the readings themselves. Hourly sums cannot answer for registers, periods shorter than
an hour, edges within an hour, or an earlier state of knowledge: the caller reads the readings for those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from veriwatt.energy.calendar import finer_than_slot
from veriwatt.metering.sum_hours import sum_hours
from veriwatt.metering.totals import SlotCounter, Totals
from veriwatt.model.frames.columns import Ints
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import HOUR

HOURS_AT_ONCE = 2_000_000
"""Hours read in one go; each takes some 50 bytes of memory."""


def hours_may_answer(definition: PointDefinition, every: str) -> bool:
    """Whether hourly sums can answer for periods of `every` of this point at all."""
    return definition.kind is not Kind.REGISTER and not finer_than_slot(every, "1h")


def hourly_totals(
    readings: ReadingsView, org: str, definitions: Sequence[PointDefinition], edges: Ints, grid: SlotCounter
) -> Iterator[tuple[PointDefinition, Totals]]:
    """The totals between `edges` of each point whose hourly sums suffice; points left out need their readings.

    `definitions` are of one kind and have slots of one length, which `grid` counts.
    """
    start, end = int(edges[0]), int(edges[-1])
    kind, slot = definitions[0].kind.value, definitions[0].slot
    expected, cut = grid.count_array(edges[:-1], edges[1:]), grid.cut_array(edges[:-1], edges[1:])
    at_once = max(1, HOURS_AT_ONCE * HOUR // (end - start))
    for first in range(0, len(definitions), at_once):
        some = definitions[first : first + at_once]
        hours = readings.read_hours(org, [d.id for d in some], start, end)
        sums = sum_hours(hours, len(some), edges, kind, slot)
        for i, definition in enumerate(some):
            if sums.usable[i]:
                yield definition, sums.totals(i, kind, definition.step, expected, cut)
