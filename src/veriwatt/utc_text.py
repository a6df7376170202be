"""UTC times as text, in the format of our own files: `2024-03-10T08:15:00.250Z`, years 1970 to 9999.

Integer arithmetic alone, so that the pure rooms need no calendar library. `energy.calendar` parses what people type.
"""

from __future__ import annotations

import re

from veriwatt.errors import Malformed
from veriwatt.units import DAY, HOUR, MINUTE, SECOND, UtcMillis

LAST = 253_402_300_799_999
"""The last millisecond of the year 9999."""

_TEXT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d\d\d)Z", re.ASCII)


def utc_text(t: UtcMillis) -> str:
    """Format `t`, 0 <= t <= LAST; other times are clamped, because they occur in messages only."""
    t = min(max(t, 0), LAST)
    rest = t % DAY
    clock = f"{rest // HOUR:02}:{rest // MINUTE % 60:02}:{rest // SECOND % 60:02}.{rest % SECOND:03}"
    return f"{utc_date(t)}T{clock}Z"


def utc_date(t: UtcMillis) -> str:
    """The UTC date of `t`, as `2024-03-10`."""
    days = min(max(t, 0), LAST) // DAY + 719_468  # days since 0000-03-01: leap days then end a year
    era, day = divmod(days, 146_097)
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    of_year = day - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    number = month + 3 if month < 10 else month - 9
    return f"{year + 400 * era + (number <= 2):04}-{number:02}-{of_year - (153 * month + 2) // 5 + 1:02}"


def parse_utc(text: str) -> UtcMillis:
    """Parse the text that `utc_text` writes; raises Malformed for every other spelling."""
    match = _TEXT.fullmatch(text)
    if match is not None:
        year, month, day, hour, minute, second, milli = map(int, match.groups())
        t = _days(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second * SECOND + milli
        if 0 <= t <= LAST and utc_text(t) == text:
            return t
    raise Malformed(f"{text!r} is no UTC time such as 2024-03-10T08:15:00.000Z")


def _days(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01."""
    year -= month <= 2
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + of_year - 719_468
