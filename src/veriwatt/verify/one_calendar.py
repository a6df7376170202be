"""Step 14 for a period: its frames have one calendar on the days of the context, so their slots are of one grid."""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.model.points.calendar_difference import differ_within
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point_record import PointRecord
from veriwatt.units import Interval, UtcMillis
from veriwatt.verify.refusals import CalendarsDiffer, OutsideCalendarOfGroup


def check_one_calendar(versions: Sequence[GroupVersion], timeline: PointRecord, context: Interval) -> None:
    """Raise unless the last of `versions` has a calendar of the whole context, and no other has other days there.

    The days of a version count up to the time at which another one takes its place for the point: a slot from then on
    is none of its slots, so what it says of later days, which the newer version may change, bears on nothing.

    Raises:
        OutsideCalendarOfGroup: it does not cover the context.
        CalendarsDiffer: another one has a day of the context otherwise, or under another date.
    """
    last = versions[-1]
    if not last.calendar.span.holds(context):
        raise OutsideCalendarOfGroup(last.group)
    for each in {(version.group, version.n): version for version in versions}.values():
        end = _replaced(each, timeline, context.end)
        if end > context.start and differ_within(each.calendar, last.calendar, Interval(context.start, end)):
            raise CalendarsDiffer(one=f"{each.group} {each.n}", other=f"{last.group} {last.n}")


def _replaced(version: GroupVersion, timeline: PointRecord, latest: UtcMillis) -> UtcMillis:
    """When the last series ends in which the version may be named for the point, at most `latest`."""
    named = [s.until for s in timeline.series if s.group == version.group and s.first_version <= version.n]
    return max((min(latest, latest if until is None else until) for until in named), default=0)
