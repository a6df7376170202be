"""Step 14 for a period: its frames have one calendar on the days of the context, so their slots are of one grid."""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.model.points.calendar_difference import differ_within
from veriwatt.model.points.group import GroupVersion
from veriwatt.units import Interval
from veriwatt.verify.refusals import CalendarsDiffer, OutsideCalendarOfGroup


def check_one_calendar(versions: Sequence[GroupVersion], context: Interval) -> None:
    """Raise unless the last of `versions` has a calendar of the whole context, and no other has other days there.

    Raises:
        OutsideCalendarOfGroup: it does not cover the context.
        CalendarsDiffer: another one has a day of the context otherwise, or under another date.
    """
    last = versions[-1]
    if not last.calendar.span.holds(context):
        raise OutsideCalendarOfGroup(last.group)
    for each in {version.calendar: version for version in versions}.values():
        if differ_within(each.calendar, last.calendar, context):
            raise CalendarsDiffer(one=f"{each.group} {each.n}", other=f"{last.group} {last.n}")
