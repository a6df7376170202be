"""Splitting a span of time so that each frame stays within the size that every log host accepts.

An upload has at most one mebibyte. A terminal keeps each frame in its spool until it is final, in order: a frame that
is too large would block all that follow.
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
"""Slots of one group in a frame, of all its points: each takes at most ten bytes, its status included."""

_LONGEST = {"day": 25 * 60, "month": 31 * 24 * 60 + 60}
"""Minutes of the longest local day and month."""


def frame_spans(definitions: Sequence[PointDefinition], span: Interval) -> Iterator[Interval]:
    """Split `span` into spans that hold at most `MOST_SLOTS` slots of these points each, and cut none of the slots.

    Args:
        definitions: the points of one group, which share a zone and passed `check_width`.
        span: what to split; it is returned whole where it holds few enough slots.
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
    """Raise BadInput when the shortest span that cuts no slot of the group may hold more than `MOST_SLOTS` slots."""
    step = _step(definitions)
    minutes = _LONGEST.get(step) or int(step[:-1])
    slots = sum(-(-minutes // (d.minutes or _LONGEST[d.slot])) for d in definitions)
    if slots > MOST_SLOTS:
        raise BadInput(
            where=f"group {group}",
            value=f"{len(definitions):,} points, {slots:,} slots",
            why=f"a frame holds at most {MOST_SLOTS:,} slots, and this group cannot be cut within a {step}",
            remedy="give its points several groups, those of long slots one of their own",
        )


def _step(definitions: Sequence[PointDefinition]) -> str:
    """The shortest slot length whose edges cut no slot of these points."""
    slots = {d.slot for d in definitions}
    if calendar := slots & {"day", "month"}:
        return max(calendar)
    return f"{lcm(*(d.minutes or 1 for d in definitions))}m"
