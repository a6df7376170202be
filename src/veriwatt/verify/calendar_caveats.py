"""The calendar of a group is its owner's statement; a verifier with a zone table says where the two differ."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from veriwatt.energy.calendar import Zone
from veriwatt.errors import Malformed
from veriwatt.model.points.group import GroupVersion
from veriwatt.units import Interval
from veriwatt.utc_text import utc_date
from veriwatt.verify.verdict import Caveat


def calendar_caveats(version: GroupVersion, span: Interval) -> Iterator[Caveat]:
    """The caveat of a calendar that nobody here can check, or in which a day of `span` begins or ends otherwise.

    Days are compared by their dates: a month of days one date off has the right instants, and is another month.
    Only those of `span` are: a zone that once skipped a date has a table like any other.

    `span` lies in what the version's calendar covers.
    """
    try:
        zone = Zone.parse(version.timezone)
    except Malformed:
        text = f"calendar stated by the owner: this machine has no table of the zone {version.timezone}"
        yield Caveat("calendar-by-owner", text, {"zone": version.timezone})
        return
    stated = version.calendar
    days = np.arange(stated.day_of(span.start), stated.day_of(span.end - 1) + 2, dtype=np.int64)
    begins = stated.starts[days - stated.first_day]
    wrong = np.flatnonzero(begins != zone.day_starts(days, version.day_begins))
    if len(wrong):
        date = utc_date(int(begins[wrong[0]]))
        text = f"calendar stated by the owner: a day from {date} begins otherwise by this machine's zone table"
        yield Caveat("calendar-differs", text, {"date": date})
