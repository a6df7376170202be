"""The calendar of a group is its owner's statement; a verifier with a zone table says where the two differ."""

from __future__ import annotations

from collections.abc import Iterator

from veriwatt.errors import Malformed
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.points.group import GroupVersion
from veriwatt.units import Interval
from veriwatt.utc_text import utc_date
from veriwatt.verify.verdict import Caveat


def calendar_caveats(version: GroupVersion, span: Interval) -> Iterator[Caveat]:
    """The caveat of a calendar that nobody here can check, or in which a day of `span` begins or ends otherwise.

    Days are compared by their dates: a month of days one date off has the right instants, and is another month.

    `span` lies in what the version's calendar covers.
    """
    try:
        own = zone_calendar(version.timezone, version.day_begins)
    except Malformed:
        text = f"calendar stated by the owner: this machine has no table of the zone {version.timezone}"
        yield Caveat("calendar-by-owner", text, {"zone": version.timezone})
        return
    stated = version.calendar
    for day in range(stated.day_of(span.start), stated.day_of(span.end - 1) + 2):
        begins = stated.day_start(day)
        if not 0 <= day - own.first_day < len(own.starts) or own.day_start(day) != begins:
            date = utc_date(begins)
            text = f"calendar stated by the owner: a day from {date} begins otherwise by this machine's zone table"
            yield Caveat("calendar-differs", text, {"date": date})
            return
