"""The periods of a query: steps of the local calendar; the first and last are clipped to the span of the query."""

from __future__ import annotations

import numpy as np

from veriwatt.energy.calendar.grid import tile
from veriwatt.energy.calendar.wall_clock import Times
from veriwatt.energy.calendar.zone import Zone
from veriwatt.errors import Malformed
from veriwatt.units import Interval, slot_minutes

_MINUTES: dict[str, int | str] = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60}
EVERY = _MINUTES | {"1d": "day", "1mo": "month", "1y": "year"}

_RANK = {"day": 1_440, "month": 40_320, "year": 524_160}
"""The minutes of each step at its shortest, to compare steps."""


def period_edges(zone: Zone, every: str, span: Interval) -> Times:
    """The bounds of the periods in `span`: its start, every calendar step inside, its end.

    Raises:
        Malformed: `every` is none of 1m 5m 15m 30m 1h 1d 1mo 1y.
    """
    step = _step(every)
    edges = tile(zone, step if isinstance(step, str) else f"{step}m", span.start, span.end)
    inner = edges[(edges > span.start) & (edges < span.end)]
    return np.concatenate(([span.start], inner, [span.end])).astype(np.int64)


def periods(zone: Zone, every: str, span: Interval) -> tuple[Interval, ...]:
    """The periods of `period_edges`, in order; they cover `span`."""
    edges = period_edges(zone, every, span).tolist()
    return tuple(Interval(start, end) for start, end in zip(edges[:-1], edges[1:], strict=True))


def finer_than_slot(every: str, slot: str) -> bool:
    """Whether a period of `every` is shorter than a slot; raises Malformed if either is unknown."""
    step, minutes = _step(every), slot_minutes(slot)
    period = step if isinstance(step, int) else _RANK[step]
    return period < (_RANK[slot] if minutes is None else minutes)


def check_every(every: str, slot: str) -> None:
    """Raise Malformed unless a period of `every` is a whole number of slots.

    A period shorter than a slot would need invented readings; if it were no multiple (15m for 10m slots), some slots
    would lie in no period.
    """
    step, minutes = _step(every), slot_minutes(slot)
    if finer_than_slot(every, slot):
        raise Malformed(f"period {every!r} is finer than the slot {slot!r}; ask for the slot or a longer period")
    if isinstance(step, int) and minutes is not None and step % minutes:
        raise Malformed(f"period {every!r} is no whole number of slots of {slot!r}; ask for 1h or longer")


def _step(every: str) -> int | str:
    try:
        return EVERY[every]
    except KeyError:
        raise Malformed(f"unknown period {every!r}; it is one of {' '.join(EVERY)}") from None
