"""Split a span of time so that each frame stays within the size that every log host accepts.

An upload has at most one mebibyte. A terminal delivers the frames of its spool in order, so a frame that is too large
would block all later ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import lcm

import numpy as np
from numpy.typing import NDArray

from veriwatt.errors import BadInput
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.point import PointDefinition
from veriwatt.units import Interval

MOST_SLOTS = 100_000
"""The most slots of one group in a frame, over all its points: a slot takes at most ten bytes, status included."""

_LONGEST = {
    slot: days * 24 * 60 + 120
    for slot, days in (("day", 1), ("week", 7), ("month", 31), ("quarter", 92), ("year", 366))
}
"""At most so many minutes are in a calendar slot, in order of length."""


def frame_spans(calendar: Calendar, definitions: Sequence[PointDefinition], span: Interval) -> Iterator[Interval]:
    """Split `span` between slots, into spans of at most `MOST_SLOTS` slots of these points.

    Args:
        calendar: of their group; it covers `span`.
        definitions: the points of one group; they passed `check_width`.
        span: the span to split; it is returned whole if it has few enough slots.
    """
    steps = _edges(calendar, _step(definitions), span)
    edges = np.concatenate(([span.start], steps, [span.end]))
    slots = np.zeros(len(edges) - 1, np.int64)
    for slot, points in Counter(d.slot for d in definitions).items():
        starts, ends = calendar.slots(slot, span)
        slots += points * np.maximum(np.searchsorted(ends, edges[1:], "right") - np.searchsorted(starts, edges[:-1]), 0)
    total, at = np.cumsum(slots), 0
    while at < len(slots):
        before = int(total[at - 1]) if at else 0
        end = max(at + 1, int(np.searchsorted(total, before + MOST_SLOTS, "right")))
        yield Interval(int(edges[at]), int(edges[end]))
        at = end


def check_width(group: str, definitions: Sequence[PointDefinition]) -> None:
    """Raise BadInput if the shortest span that divides no slot of the group may have more than `MOST_SLOTS` slots."""
    step = _step(definitions)
    minutes = _LONGEST[step] if isinstance(step, str) else step
    slots = sum(-(-minutes // (d.minutes or _LONGEST[d.slot])) for d in definitions)
    if slots > MOST_SLOTS:
        length = f"a {step}" if isinstance(step, str) else f"{step} minutes"
        raise BadInput(
            where=f"group {group}",
            value=f"{len(definitions):,} points, {slots:,} slots",
            why=f"a frame holds at most {MOST_SLOTS:,} slots, and this group has slots of {length}",
            remedy="put its points into several groups; points of long slots take a group of their own",
        )


def _edges(calendar: Calendar, step: str | int, span: Interval) -> NDArray[np.int64]:
    """The instants inside `span` at which a step ends; a step of minutes counts from the start of each day."""
    edges = calendar.edges(step, span) if isinstance(step, str) else calendar.edges_every(step, span)
    return edges[(edges > span.start) & (edges < span.end)]


def _step(definitions: Sequence[PointDefinition]) -> str | int:
    """The shortest step whose edges divide no slot of these points: a calendar slot, or minutes."""
    slots = {d.slot for d in definitions}
    calendar = [slot for slot in _LONGEST if slot in slots]
    return calendar[-1] if calendar else lcm(*(d.minutes or 1 for d in definitions))
