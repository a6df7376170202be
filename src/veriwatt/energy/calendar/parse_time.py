"""Parse times that people write: RFC 3339, or a date or a date and time on the clock of a zone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from veriwatt.energy.calendar.wall_clock import HORIZON, LOCAL_EPOCH, check_time
from veriwatt.energy.calendar.zone import Zone
from veriwatt.errors import Malformed
from veriwatt.units import DAY, HOUR, MINUTE, UtcMillis

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?"
    r"(Z|z|[+-]\d\d:[0-5]\d)?)?",
    re.ASCII,
)


def parse_time(text: str, zone: Zone, day_begins: int = 0) -> UtcMillis:
    """Parse a time.

    Accepted are `2024-03-10` (the first instant of that day in `zone`, where days begin at `day_begins` o'clock),
    `2024-03-10T08:15`, `2024-03-10 08:15:30.250`, and the last two with an offset (`Z`, `+08:00`), which replaces that
    of the zone.

    Raises:
        Malformed: another spelling; no such date; finer than a millisecond; outside the years of the calendar; a
            local time that does not exist in the zone or exists twice.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise Malformed(f"{text!r} is no time; write 2024-03-10, 2024-03-10T08:15:00 or 2024-03-10T08:15:00+08:00")
    local = _datetime(text, match)
    since = local - LOCAL_EPOCH
    shown = since // timedelta(milliseconds=1)
    if not HORIZON[0] - DAY <= shown < HORIZON[1] + DAY:  # no clock is a day ahead of UTC, or behind it
        check_time(shown, repr(text))
    if match[4] is None:
        return check_time(zone.day_start(since.days, day_begins), repr(text))
    if match[8] is None:
        return zone.local_to_utc(local)
    return check_time(shown - _offset(text, match[8]), repr(text))


def _datetime(text: str, match: re.Match[str]) -> datetime:
    fraction = (match[7] or "").ljust(9, "0")
    if fraction[3:].strip("0"):
        raise Malformed(f"{text!r} is finer than a millisecond")
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3, 4, 5, 6))
        return LOCAL_EPOCH.replace(year, month, day, hour, minute, second, int(fraction[:3]) * 1_000)
    except ValueError as error:
        raise Malformed(f"{text!r} is no time: {error}") from None


def _offset(text: str, spelled: str) -> int:
    if spelled in "Zz":
        return 0
    hours, minutes = int(spelled[1:3]), int(spelled[4:6])
    if hours > 23:
        raise Malformed(f"{text!r} is no time: the offset {spelled} is beyond a day")
    return (hours * HOUR + minutes * MINUTE) * (-1 if spelled[0] == "-" else 1)
