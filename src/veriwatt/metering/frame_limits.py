"""Split a span of time so that each frame stays within the size that every log host accepts.

An upload has at most one mebibyte. A terminal delivers the frames of its spool in order, so a frame that is too large
would block all later ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import lcm

import numpy as np

from veriwatt.errors import BadInput
from veriwatt.metering.slots import grid_of
from veriwatt.model.points.point import PointDefinition
from veriwatt.units import Interval

MOST_SLOTS = 100_000
"""The most slots of one group in a frame, over all its points: a slot takes at most ten bytes, status included."""

_LONGEST = {"day": 25 * 60, "month": 31 * 24 * 60 + 60}
"""Minutes of the longest local day and the longest local month."""


def frame_spans(definitions: Sequence[PointDefinition], span: Interval) -> Iterator[Interval]:
    """Split `span` between slots, into spans of at most `MOST_SLOTS` slots of these points.

    Args:
        definitions: the points of one group; they share a zone and passed `check_width`.
        span: the span to split; it is returned whole if it has few enough slots.
    """
    zone = definitions[0].timezone
    steps = grid_of(zone, _step(definitions)).edges(span.start, span.end)
    edges = np.concatenate(([span.start], steps[(steps > span.start) & (steps < span.end)], [span.end]))
    slots = np.zeros(len(edges) - 1, np.int64)
    for slot, points in Counter(d.slot for d in definitions).items():
        slots += points * grid_of(zone, slot).count_array(edges[:-1], edges[1:])
    total, at = np.cumsum(slots), 0
    while at < len(slots):
        before = int(total[at - 1]) if at else 0
        end = max(at + 1, int(np.searchsorted(total, before + MOST_SLOTS, "right")))
        yield Interval(int(edges[at]), int(edges[end]))
        at = end


def check_width(group: str, definitions: Sequence[PointDefinition]) -> None:
    """Raise BadInput if the shortest span that divides no slot of the group may have more than `MOST_SLOTS` slots."""
    step = _step(definitions)
    minutes = _LONGEST.get(step) or int(step[:-1])
    slots = sum(-(-minutes // (d.minutes or _LONGEST[d.slot])) for d in definitions)
    if slots > MOST_SLOTS:
        raise BadInput(
            where=f"group {group}",
            value=f"{len(definitions):,} points, {slots:,} slots",
            why=f"a frame holds at most {MOST_SLOTS:,} slots, and this group has slots as long as a {step}",
            remedy="put its points into several groups; points of long slots take a group of their own",
        )


def _step(definitions: Sequence[PointDefinition]) -> str:
    """The shortest slot length whose edges divide no slot of these points."""
    slots = {d.slot for d in definitions}
    if calendar := slots & {"day", "month"}:
        return max(calendar)
    return f"{lcm(*(d.minutes or 1 for d in definitions))}m"
