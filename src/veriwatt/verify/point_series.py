"""Step 14 for a period: the definitions that hold over its context mean one thing, and where their series begins.

Definitions that differ in terminal, parent or data code alone are one series of values. The timeline has their digests;
the file discloses the definitions of the context, and the one before where the context begins with the series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.model.evidence.disclosure import DefinitionPart
from veriwatt.model.points.point_record import PointRecord
from veriwatt.units import Interval, UtcMillis
from veriwatt.verify.refusals import DefinitionNotNeeded, DefinitionReplaced


@dataclass(frozen=True, slots=True)
class Beginning:
    """When a series of values began. `moved` is when an earlier beginning was registered; None: there is none."""

    at: UtcMillis
    moved: UtcMillis | None = None


def check_series(
    timeline: PointRecord, parts: Sequence[DefinitionPart], context: Interval, stated_span: Interval
) -> Beginning | None:
    """When the series of values began that has the context; None where the file does not show what was before.

    What once was the point's beginning still is one: an earlier one, registered later, unsays no value. So it does
    within the context, unless the file states a slot before it. A series that begins after the last stated slot bears
    on nothing: no file shows what is still to come, and the slots from then on are not stated.

    Args:
        parts: the definitions that the file discloses; values are stated under the last.
        stated_span: from the start of the first slot that the file states to the end of the last one.

    Raises:
        DefinitionReplaced: in a part of the context the point has a definition of other values, or one not shown.
        DefinitionNotNeeded: the file shows one that the rule does not name, or in another order.
    """
    definitions = [part.definition for part in parts]
    stated = definitions[-1]
    same = {d.digest for d in definitions if d.same_values(stated)}
    other = {d.digest for d in definitions} - same
    until_last = Interval(context.start, stated_span.end)
    inside = [n for n, s in enumerate(timeline.series) if s.within(until_last)]
    for each in (timeline.series[n] for n in inside):
        if each.definition not in same:
            start = max(each.effective_from, context.start)
            names = (stated.digest.hex()[:16], each.definition.hex()[:16])
            raise DefinitionReplaced(point=stated.id, start=start, stated=names[0], in_force=names[1])
    _check_unnamed(timeline, parts, inside)
    for n in reversed(inside[1:]):
        earlier, at = timeline.earlier_beginning(n), timeline.series[n].effective_from
        if earlier is not None and at <= stated_span.start:
            return Beginning(at, earlier.registered_at)
    first = inside[0] if inside else 0
    while first and timeline.series[first - 1].definition in same:
        if (earlier := timeline.earlier_beginning(first)) is not None:
            return Beginning(timeline.series[first].effective_from, earlier.registered_at)
        first -= 1
    known = first == 0 or timeline.series[first - 1].definition in other
    return Beginning(timeline.series[first].effective_from) if known else None


def _check_unnamed(timeline: PointRecord, parts: Sequence[DefinitionPart], inside: Sequence[int]) -> None:
    """Raise unless the definitions without places come first, and are of the context or of the series before it."""
    before = [n - 1 for n in inside[:1] if n]
    digests = iter(dict.fromkeys(timeline.series[n].definition for n in (*before, *inside)))
    named = {part.definition.digest for part in parts if part.places}
    unnamed = [part for part in parts if not part.places]
    for part in unnamed:
        if part.definition.digest in named or part.definition.digest not in digests:
            raise DefinitionNotNeeded(point=part.definition.id, definition=part.definition.digest.hex()[:16])
    if unnamed != list(parts[: len(unnamed)]):
        raise DefinitionNotNeeded(point=parts[0].definition.id, definition=unnamed[-1].definition.digest.hex()[:16])
