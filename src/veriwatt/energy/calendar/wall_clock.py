"""The wall clock of a zone: its offset from UTC at an instant, and the instants of a local time.

A wall clock is a table of the instants at which its offset changes. Local times are milliseconds since the local
1970-01-01 00:00.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from veriwatt.errors import Malformed
from veriwatt.units import DAY, SECOND, UtcMillis

Times = NDArray[np.int64]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOCAL_EPOCH = EPOCH.replace(tzinfo=None)
HORIZON = ((datetime(1960, 1, 1, tzinfo=UTC) - EPOCH).days * DAY, (datetime(2101, 1, 1, tzinfo=UTC) - EPOCH).days * DAY)
"""The supported times; any other is an error in the input."""

_STEP = 5 * DAY
"""No zone has changed its offset twice within this time since 1960: the shortest interval is seven days.

So no change is missed, and the local times at the ends of the intervals between changes increase.
"""


class WallClock:
    """The offsets from UTC over all supported times, as a table of changes.

    `starts[i]` is the instant from which `offsets[i]` milliseconds are added to UTC. Safe to share
    between threads; caches the last interval, so that scalar calls with increasing times are fast.
    """

    def __init__(self, starts: list[UtcMillis], offsets: list[int]) -> None:
        self.starts = np.array(starts, dtype=np.int64)
        self.offsets = np.array(offsets, dtype=np.int64)
        self._ends = np.append(self.starts[1:], HORIZON[1] + 2 * DAY)
        self._shown_until = self._ends + self.offsets
        self._recent = (0, 0, 0)

    def offset(self, t: UtcMillis) -> int:
        """Milliseconds that the clock is ahead of UTC at `t`; raises Malformed outside the horizon."""
        start, end, offset = self._recent
        if start <= t < end:
            return offset
        check_time(t)
        i = int(np.searchsorted(self.starts, t, "right")) - 1
        self._recent = (int(self.starts[i]), min(int(self._ends[i]), HORIZON[1]), int(self.offsets[i]))
        return self._recent[2]

    def offset_array(self, ts: Times) -> Times:
        """`offset` of every element."""
        if ts.size:
            check_time(int(ts.min()))
            check_time(int(ts.max()))
        found: Times = self.offsets[np.searchsorted(self.starts, ts, "right") - 1]
        return found

    def first_array(self, shown: Times) -> Times:
        """For each local time, the first instant at which the clock shows it or a later time."""
        i = np.searchsorted(self._shown_until, shown, "right")
        i = np.minimum(i, len(self.starts) - 1)
        found: Times = np.maximum(self.starts[i], shown - self.offsets[i])
        return found

    def resolve_array(self, shown: Times) -> tuple[Times, NDArray[np.uint8]]:
        """For each local time, the first instant at which the clock shows it, and the number of such instants: 0, 1 or
        2.

        If the number is 0 (the clock jumped over it), the instant is that of the jump.
        """
        i = np.minimum(np.searchsorted(self._shown_until, shown, "right"), len(self.starts) - 1)
        j = np.minimum(i + 1, len(self.starts) - 1)
        once = self.starts[i] + self.offsets[i] <= shown
        again = (j > i) & (self.starts[j] + self.offsets[j] <= shown) & (shown < self._ends[j] + self.offsets[j])
        instants: Times = np.maximum(self.starts[i], shown - self.offsets[i])
        return instants, once.astype(np.uint8) + again.astype(np.uint8)


def fixed_clock(offset: int) -> WallClock:
    """A clock that is always `offset` milliseconds ahead of UTC."""
    return WallClock([HORIZON[0] - 2 * DAY], [offset])


def legal_clock(info: ZoneInfo) -> WallClock:
    """The legal clock of a zone, summer time included."""
    return _tabulate(lambda at: _milliseconds(at.astimezone(info).utcoffset()))


def standard_clock(info: ZoneInfo) -> WallClock:
    """The clock of a zone without summer time.

    Raises:
        Malformed: the zone's law calls its winter time the exception (Dublin, Casablanca), so
            "standard" could mean either.
    """

    def standard(at: datetime) -> int:
        local = at.astimezone(info)
        saved = _milliseconds(local.dst())
        if saved < 0:
            raise Malformed(
                f"zone {info.key!r} does not say which of its clocks is the one without summer time; "
                f'write the clock as a fixed offset, such as "+00:00"'
            )
        return _milliseconds(local.utcoffset()) - saved

    return _tabulate(standard)


def check_time(t: UtcMillis, said: str = "") -> UtcMillis:
    """Return `t` if it is a supported time; raises Malformed otherwise, in which the time is `said` so."""
    if not HORIZON[0] <= t < HORIZON[1]:
        why = f"{said or f'{t} ms since 1970-01-01T00:00:00Z'} is outside the years 1960 to 2100, which count in UTC"
        raise Malformed(f"{why}; name a time from 1960-01-02 to 2100-12-31")
    return t


def _tabulate(offset_at: Callable[[datetime], int]) -> WallClock:
    low = HORIZON[0] - 2 * DAY
    starts, offsets = [low], [offset_at(_datetime(low))]
    for t in range(low + _STEP, HORIZON[1] + 3 * DAY, _STEP):
        offset = offset_at(_datetime(t))
        if offset != offsets[-1]:
            starts.append(_change(offset_at, t - _STEP, t, offset))
            offsets.append(offset)
    return WallClock(starts, offsets)


def _change(offset_at: Callable[[datetime], int], before: UtcMillis, after: UtcMillis, offset: int) -> UtcMillis:
    """The whole second in `(before, after]` from which `offset` is in force."""
    while after - before > SECOND:
        middle = before + (after - before) // (2 * SECOND) * SECOND
        if offset_at(_datetime(middle)) == offset:
            after = middle
        else:
            before = middle
    return after


def _datetime(t: UtcMillis) -> datetime:
    return EPOCH + timedelta(milliseconds=t)


def _milliseconds(span: timedelta | None) -> int:
    return 0 if span is None else span // timedelta(milliseconds=1)
