"""Local days and slots as the spec words them, one at a time: the ground truth's own calendar.

It knows a group's days only from the calendar that the group's owner registered, as a verifier does; `honest_days`
gives the true ones from Python's zone table. Spec: docs/spec/slots-and-periods.md, docs/spec/frame.md.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from veriwatt.testing.soundness.drafts import leb128

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Days:
    """Local days: day `first + i` begins at `starts[i]`; the last start ends the last day."""

    first: int
    starts: tuple[int, ...]

    def fields(self) -> list[int | bytes]:
        """The calendar as a `points` transaction has it."""
        seconds = [(b - a) // SECOND for a, b in zip(self.starts, self.starts[1:], strict=False)]
        runs: list[list[int]] = []
        for length in seconds:
            if runs and runs[-1][0] == length:
                runs[-1][1] += 1
            else:
                runs.append([length, 1])
        return [self.first, self.starts[0], b"".join(leb128(n) for run in runs for n in run)]

    def day_at(self, t: int) -> int | None:
        """The index of the day that contains `t`."""
        index = bisect_right(self.starts, t) - 1
        return index if 0 <= index < len(self.starts) - 1 else None

    def slot_at(self, slot: str, t: int) -> tuple[int, int] | None:
        """The slot that contains `t`; None if the calendar does not cover it."""
        day = self.day_at(t)
        if day is None:
            return None
        if length := minutes_of(slot):
            start = t - (t - self.starts[day]) % (length * MINUTE)
            return start, min(start + length * MINUTE, self.starts[day + 1])
        first = last = day
        while not self._begins(slot, first):
            first -= 1
        last += 1
        while not self._begins(slot, last):
            last += 1
        return (self.starts[first], self.starts[last]) if first >= 0 and last < len(self.starts) else None

    def slots(self, slot: str, start: int, end: int) -> list[tuple[int, int]]:
        """The slots that lie completely in `[start, end)`."""
        return list(_slots(self, slot, start, end))

    def window_of(self, key_window: str, t: int) -> tuple[int, ...] | None:
        """What names the key window that contains `t`: two times lie in one if this is equal."""
        day = self.day_at(t)
        if day is None:
            return None
        at = EPOCH + timedelta(days=self.first + day)
        week = (self.first + day + 3) // 7
        names = {"day": (self.first + day,), "week": (week,), "month": (at.year, at.month), "year": (at.year,)}
        return names[key_window]

    def _begins(self, slot: str, index: int) -> bool:
        if index < 0 or index >= len(self.starts):
            return True
        at = EPOCH + timedelta(days=self.first + index)
        return {
            "day": True,
            "week": at.weekday() == 0,
            "month": at.day == 1,
            "quarter": at.day == 1 and at.month % 3 == 1,
            "year": at.day == 1 and at.month == 1,
        }[slot]


def minutes_of(slot: str) -> int | None:
    """The minutes of a slot that counts elapsed time."""
    if slot[:-1].isdigit():
        return int(slot[:-1]) * {"m": 1, "h": 60}[slot[-1]]
    return None


@lru_cache(4096)
def _slots(days: Days, slot: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    found, t = [], start
    while t < end and (here := days.slot_at(slot, t)) is not None:
        if start <= here[0] and here[1] <= end:
            found.append(here)
        t = here[1]
    return tuple(found)


@lru_cache(256)
def honest_days(zone: str, day_begins: int, first_year: int, last_year: int) -> Days:
    """The local days of whole years, and of eight days around them."""
    table = _zone(zone)
    first, end = date(first_year, 1, 1) - timedelta(days=8), date(last_year + 1, 1, 9)
    starts = []
    for number in range((end - first).days + 1):
        local = datetime.combine(first + timedelta(days=number), datetime.min.time(), table)
        shown = local.replace(hour=day_begins)
        starts.append(round(shown.astimezone(UTC).timestamp() * 1000))
    return Days((first - EPOCH).days, tuple(starts))


def _zone(name: str) -> tzinfo:
    if name[0] not in "+-":
        return ZoneInfo(name)
    sign = -1 if name[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(name[1:3]), minutes=int(name[4:6])))
