"""What of a terminal needs a person, each with what to do: told by `terminal status` and while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from veriwatt.terminal.enrolment.keyring import NEW_KEYS
from veriwatt.terminal.spool.spool import Spool
from veriwatt.units import HOUR, MINUTE, SECOND, UtcMillis
from veriwatt.utc_text import utc_text
from veriwatt.verify.root_log_head import ProvenRootLogHead

WARN_DAYS = 7
"""Fewer days of window keys than this are told."""

DEFINED = "`veriwatt terminal request` here, `terminal enrol` at the org, `terminal install` here"

CLOCK_STEP = SECOND
"""A clock may be corrected by so much without being called set back."""

CLOCK_SLOW = 5 * MINUTE
DELIVERY_LATE = HOUR
"""A signed frame that waits longer than this since its window ended needs somebody to look."""


def needs(
    spool: Spool, known: ProvenRootLogHead, key_days: int | None, points: Mapping[str, UtcMillis | None], now: UtcMillis
) -> Iterator[str]:
    """In words; `key_days` is None before the first handover, `points` as `points_waiting` takes them."""
    if key_days is None:
        yield "no handover is installed: `veriwatt terminal enrol` at the org, then `terminal install` here"
    elif key_days < WARN_DAYS:
        yield keys_run_out(key_days)
    yield from points_waiting(points)
    read_up_to = max((newest.end for newest in spool.newest().values()), default=0)
    if read_up_to > now + CLOCK_STEP:
        yield clock_set_back(read_up_to, now)
    if known.time > now + CLOCK_SLOW:
        yield clock_slow(known.time, now)
    waiting = spool.pending(1)
    if waiting and waiting[0].window_end < now - DELIVERY_LATE:
        since = utc_text(waiting[0].window_end)
        yield f"frames of {since} and after are not accepted: look whether the node is up, and what `terminal run` says"


def keys_run_out(days: int) -> str:
    """Window keys end soon: when, and how new ones come."""
    return f"window keys are left for {days} days: {NEW_KEYS}"


def points_waiting(waiting: Mapping[str, UtcMillis | None]) -> Iterator[str]:
    """Points without values now: by when they are defined as they are configured, None where that is still to do."""
    if undefined := [point for point, begins in waiting.items() if begins is None]:
        yield f"{_some(undefined)} not defined by the org as configured, and without values until then: {DEFINED}"
    for begins in sorted({t for t in waiting.values() if t is not None}):
        points = [point for point, t in waiting.items() if t == begins]
        yield f"{_some(points)} defined as configured from {utc_text(begins)} on, and without values until then"


def _some(points: Sequence[str]) -> str:
    return f"point {points[0]!r} is" if len(points) == 1 else f"{len(points)} points, {points[0]!r} among them, are"


def clock_slow(block: UtcMillis, now: UtcMillis) -> str:
    """A block of the ledger is not made in the future, so it shows a clock that is behind."""
    return f"the clock is slow: it says {utc_text(now)}, but a block is of {utc_text(block)}; keep it by NTP"


def clock_set_back(read_up_to: UtcMillis, now: UtcMillis) -> str:
    """A slot is read once, so a clock that was set back is waited for."""
    return (
        f"the clock was set back: it says {utc_text(now)}, and slots up to {utc_text(read_up_to)} were read; "
        "nothing is read before then. Check which is right, and keep the clock by NTP"
    )
