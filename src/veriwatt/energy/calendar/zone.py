"""A time zone: local days, months and years, and local clock times.

A local day runs from the first instant at which the clock shows its date to the first instant of the
next date. So days never overlap: a day whose midnight does not exist begins with the jump of the clock, and a date that
the zone skipped is a day of length 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from veriwatt.energy.calendar.wall_clock import (
    LOCAL_EPOCH,
    Times,
    WallClock,
    check_time,
    fixed_clock,
    legal_clock,
    standard_clock,
)
from veriwatt.errors import Malformed
from veriwatt.units import DAY, HOUR, MINUTE, UtcMillis

_FIXED = re.compile(r"([+-])(\d\d):([0-5]\d)", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
_NOT_ZONES = re.compile(r"(?:right|posix)/.*|localtime|posixrules|Factory")
_LARGEST_OFFSET = 18 * HOUR

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()

SummerTime = Literal["refuse", "standard"]


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone by its IANA name, "UTC", or a fixed offset such as "+08:00". Zones with equal names are equal. Local days

    are numbered from 1970-01-01 (0), months from 1970-01 (0), years by their calendar number. Times outside the years

    1960 to 2100 raise Malformed.
    """

    name: str

    def __post_init__(self) -> None:
        _legal(self.name)

    @classmethod
    def parse(cls, name: str) -> Zone:
        """The zone with this name; raises Malformed naming an unknown one."""
        return cls(name)

    def offset_ms(self, t: UtcMillis) -> int:
        """Milliseconds that local clocks are ahead of UTC at `t`."""
        return _legal(self.name).clock.offset(t)

    def offset_array(self, ts: Times) -> Times:
        return _legal(self.name).clock.offset_array(ts)

    def rfc3339(self, t: UtcMillis) -> str:
        """`t` as RFC 3339 with the zone's offset (`+00:00` for UTC), milliseconds only when there are any.

        RFC 3339 cannot state an offset with seconds (Liberia until 1972): such a time is given in UTC.
        """
        offset = self.offset_ms(t)
        offset = 0 if offset % MINUTE else offset
        shown = LOCAL_EPOCH + timedelta(milliseconds=t + offset)
        return shown.isoformat(timespec="milliseconds").removesuffix(".000") + _spelled_offset(offset)

    def rfc3339_array(self, ts: Times) -> list[str]:
        """`rfc3339` of every element."""
        offsets = self.offset_array(ts)
        offsets = np.where(offsets % MINUTE, 0, offsets)
        shown = np.datetime_as_string((ts + offsets).view("datetime64[ms]"), unit="ms").tolist()
        spelled = {offset: _spelled_offset(offset) for offset in np.unique(offsets).tolist()}
        pairs = zip(shown, offsets.tolist(), strict=True)
        return [text.removesuffix(".000") + spelled[offset] for text, offset in pairs]

    def day(self, t: UtcMillis) -> int:
        """The local day that contains `t`."""
        return self.day_span(t)[0]

    def day_span(self, t: UtcMillis) -> tuple[int, UtcMillis, UtcMillis]:
        """The local day that contains `t`, its first instant, and the first instant of the next."""
        return _legal(self.name).day_span(t)

    def day_array(self, ts: Times) -> Times:
        """`day` of every element."""
        shown: Times = (ts + self.offset_array(ts)) // DAY
        late: Times = shown + (self.midnight_array(shown + 1) <= ts)
        return late

    def midnight(self, day: int) -> UtcMillis:
        """The first instant of a local day."""
        return int(self.midnight_array(np.array([day], dtype=np.int64))[0])

    def midnight_array(self, days: Times) -> Times:
        """`midnight` of every element."""
        return _legal(self.name).clock.first_array(days * DAY)

    def day_start(self, day: int, day_begins: int = 0) -> UtcMillis:
        """The first instant of a local day, where days begin at `day_begins` o'clock."""
        return int(self.day_starts(np.array([day], dtype=np.int64), day_begins)[0])

    def day_starts(self, days: Times, day_begins: int = 0) -> Times:
        """`day_start` of every element."""
        return _legal(self.name).clock.first_array(days * DAY + day_begins * HOUR)

    def month(self, t: UtcMillis) -> int:
        """The local month that contains `t`, counted from 1970-01 (0)."""
        civil = _civil(self.day(t))
        return (civil.year - 1970) * 12 + civil.month - 1

    def month_start(self, month: int) -> UtcMillis:
        """The first instant of a local month."""
        return self.midnight(month_day(month))

    def year(self, t: UtcMillis) -> int:
        """The local calendar year that contains `t`."""
        return _civil(self.day(t)).year

    def year_start(self, year: int) -> UtcMillis:
        """The first instant of a local year."""
        return self.midnight(month_day((year - 1970) * 12))

    def local_to_utc(self, local: datetime, dst: SummerTime = "refuse") -> UtcMillis:
        """The instant at which a clock in this zone shows `local`, a datetime without zone.

        Args:
            local: a time in whole milliseconds.
            dst: "refuse" for a clock with the zone's summer time; "standard" for a clock without summer time.

        Raises:
            Malformed: the clock never shows that time, or shows it twice.
        """
        span = local - LOCAL_EPOCH
        if span % timedelta(milliseconds=1):
            raise Malformed(f"local time {local} is finer than a millisecond")
        instants, counts = self.resolve_array(np.array([span // timedelta(milliseconds=1)], dtype=np.int64), dst)
        if counts[0] != 1:
            why = "is ambiguous: the clock shows it twice" if counts[0] else "does not exist: the clock jumps over it"
            raise Malformed(f"local time {local} in {self.name} {why}; give it with its offset from UTC")
        return check_time(int(instants[0]), f"local time {local} in {self.name}")

    def resolve_array(self, local: Times, dst: SummerTime = "refuse") -> tuple[Times, NDArray[np.uint8]]:
        """For local times, in milliseconds since the local 1970-01-01 00:00, the first instant and the number of
        instants.

        The caller refuses an element whose number is not 1 (0: the clock jumps over it; 2: the clock shows it twice).
        """
        clock = _legal(self.name).clock if dst == "refuse" else _standard(self.name)
        return clock.resolve_array(local)


def month_day(month: int) -> int:
    """The number of the first day of a month; both counted from 1970-01."""
    year, index = divmod(month, 12)
    return date(1970 + year, index + 1, 1).toordinal() - _EPOCH_ORDINAL


class _Legal:
    """The clock of a zone, with a cache of the last day."""

    def __init__(self, clock: WallClock) -> None:
        self.clock = clock
        self._recent = (0, 0, 0)

    def day_span(self, t: UtcMillis) -> tuple[int, UtcMillis, UtcMillis]:
        if not self._recent[1] <= t < self._recent[2]:
            self._recent = self._find(t)
        return self._recent

    def _find(self, t: UtcMillis) -> tuple[int, UtcMillis, UtcMillis]:
        shown = (t + self.clock.offset(t)) // DAY
        first, after, later = (int(m) for m in self.clock.first_array(np.arange(shown, shown + 3) * DAY))
        return (shown, first, after) if t < after else (shown + 1, after, later)


@lru_cache(maxsize=1024)
def _legal(name: str) -> _Legal:
    return _Legal(_clock(name, legal_clock))


@lru_cache(maxsize=1024)
def _standard(name: str) -> WallClock:
    return _clock(name, standard_clock)


def _clock(name: str, of_zone: Callable[[ZoneInfo], WallClock]) -> WallClock:
    if (match := _FIXED.fullmatch(name)) is not None and name != "-00:00":
        offset = int(match[2]) * HOUR + int(match[3]) * MINUTE
        if offset <= _LARGEST_OFFSET:
            return fixed_clock(-offset if match[1] == "-" else offset)
    elif name == "UTC":
        return fixed_clock(0)
    elif _NAME.fullmatch(name) and not _NOT_ZONES.fullmatch(name):
        try:
            return of_zone(ZoneInfo(name))
        except (KeyError, ValueError, OSError):
            pass
    remedy = 'write an IANA name such as "Asia/Shanghai", "UTC", or an offset such as "+08:00"'
    raise Malformed(f"unknown time zone {name!r}; {remedy}")


def _civil(day: int) -> date:
    return date.fromordinal(_EPOCH_ORDINAL + day)


def _spelled_offset(offset: int) -> str:
    ahead = abs(offset) // MINUTE
    return f"{'-' if offset < 0 else '+'}{ahead // 60:02d}:{ahead % 60:02d}"
