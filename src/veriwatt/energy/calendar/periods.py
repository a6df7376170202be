"""The periods of a query: steps of the local calendar; the first and last are clipped to the span of the query."""

from __future__ import annotations

import numpy as np

from veriwatt.energy.calendar.grid import tile
from veriwatt.energy.calendar.wall_clock import Times
from veriwatt.energy.calendar.zone import Zone
from veriwatt.errors import Malformed
from veriwatt.units import MINUTE, Interval, slot_minutes

EVERY = {
    **{minutes: minutes for minutes in ("1m", "5m", "15m", "30m", "1h")},
    "1d": "day",
    "1w": "week",
    "1mo": "month",
    "1q": "quarter",
    "1y": "year",
}
"""The periods, with the slot that is as long."""

_DAYS = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}
"""The days of each calendar slot at its shortest, to compare lengths."""

_WHOLE = {"day": set(_DAYS), "week": {"week"}, "month": {"month", "quarter", "year"}, "quarter": {"quarter", "year"}}
"""The calendar periods that are a whole number of such slots."""


def period_edges(zone: Zone, every: str, span: Interval, day_begins: int = 0) -> Times:
    """The bounds of the periods in `span`: its start, every calendar step inside, its end.

    Raises:
        Malformed: `every` is none of EVERY.
    """
    edges = tile(zone, _step(every), span.start, span.end, day_begins)
    inner = edges[(edges > span.start) & (edges < span.end)]
    return np.concatenate(([span.start], inner, [span.end])).astype(np.int64)


def more_periods_than(most: int, zone: Zone, every: str, span: Interval, day_begins: int = 0) -> bool:
    """Whether `span` has more than `most` periods of `every`; of minutes in a century it does not make them to tell.

    Raises:
        Malformed: `every` is none of EVERY.
    """
    longest = 2 * _length(_step(every)) * MINUTE  # a clock's change and the months' lengths stay far below twice
    return span.end - span.start > most * longest or len(period_edges(zone, every, span, day_begins)) - 1 > most


def most_periods(every: str, span: Interval) -> int:
    """No fewer than the periods in `span`, and about as many, at no cost; raises Malformed if `every` is unknown."""
    return (span.end - span.start) // (_length(_step(every)) * MINUTE) + 2


def periods(zone: Zone, every: str, span: Interval) -> tuple[Interval, ...]:
    """The periods of `period_edges`, in order; they cover `span`."""
    edges = period_edges(zone, every, span).tolist()
    return tuple(Interval(start, end) for start, end in zip(edges[:-1], edges[1:], strict=True))


def finer_than_slot(every: str, slot: str) -> bool:
    """Whether a period of `every` is shorter than a slot; raises Malformed if either is unknown."""
    return _length(_step(every)) < _length(slot)


def check_every(every: str, slot: str) -> None:
    """Raise Malformed unless a period of `every` is a whole number of slots.

    A period shorter than a slot would need invented readings; if it were no multiple (15m for 10m slots, a month for
    weeks), some slots would lie in no period.
    """
    if finer_than_slot(every, slot):
        raise Malformed(f"period {every!r} is finer than the slot {slot!r}; ask for the slot or a longer period")
    step, minutes = _step(every), slot_minutes(slot)
    of_minutes = slot_minutes(step)
    if of_minutes is not None and minutes is not None and of_minutes % minutes:
        raise Malformed(f"period {every!r} is no whole number of slots of {slot!r}; ask for 1h or longer")
    if minutes is None and step not in _WHOLE.get(slot, {slot}):
        raise Malformed(f"period {every!r} is no whole number of slots of a {slot}; ask for 1w")


def _length(slot: str) -> int:
    """Minutes, at its shortest."""
    minutes = slot_minutes(slot)
    return _DAYS[slot] * 1_440 if minutes is None else minutes


def _step(every: str) -> str:
    try:
        return EVERY[every]
    except KeyError:
        raise Malformed(f"unknown period {every!r}; it is one of {' '.join(EVERY)}") from None
