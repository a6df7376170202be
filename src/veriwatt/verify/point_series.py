"""Step 14 for a period: the definitions that hold over its context mean one thing, and where their series begins.

Definitions that differ in terminal, parent or data code alone are one series of values. The timeline has their digests;
the file discloses the definitions of the context, and the one before where the context begins with the series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.point_record import PointRecord
from veriwatt.units import Interval, UtcMillis
from veriwatt.verify.refusals import DefinitionReplaced


@dataclass(frozen=True, slots=True)
class Beginning:
    """When a series of values began. `moved` is when an earlier beginning was registered; None: there is none."""

    at: UtcMillis
    moved: UtcMillis | None = None


def check_series(timeline: PointRecord, definitions: Sequence[PointDefinition], context: Interval) -> Beginning | None:
    """When the series of values began that has the context; None where the file does not show what was before.

    What once was the point's beginning still is one: an earlier one, registered later, unsays nothing.

    Args:
        definitions: those that the file discloses; values are stated under the last.

    Raises:
        DefinitionReplaced: in a part of the context the point has a definition of other values, or one not shown.
    """
    stated = definitions[-1]
    same = {d.digest for d in definitions if d.same_values(stated)}
    other = {d.digest for d in definitions} - same
    inside = [n for n, s in enumerate(timeline.series) if s.within(context)]
    for each in (timeline.series[n] for n in inside):
        if each.definition not in same:
            start = max(each.effective_from, context.start)
            names = (stated.digest.hex()[:16], each.definition.hex()[:16])
            raise DefinitionReplaced(point=stated.id, start=start, stated=names[0], in_force=names[1])
    first = inside[0] if inside else 0
    while first and timeline.series[first - 1].definition in same:
        if (earlier := timeline.earlier_beginning(first)) is not None:
            return Beginning(timeline.series[first].effective_from, earlier.registered_at)
        first -= 1
    known = first == 0 or timeline.series[first - 1].definition in other
    return Beginning(timeline.series[first].effective_from) if known else None
