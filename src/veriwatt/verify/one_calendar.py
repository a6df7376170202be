"""Step 14 for a period: its frames have one calendar on the days of the context, so their slots are of one grid."""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.model.points.calendar_difference import differ_within
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point_record import PointRecord, PointSeries
from veriwatt.units import Interval, UtcMillis
from veriwatt.verify.refusals import CalendarsDiffer, OutsideCalendarOfGroup


def check_one_calendar(versions: Sequence[GroupVersion], timeline: PointRecord, context: Interval) -> GroupVersion:
    """The newest of `versions`, if it has a calendar of the whole context, and no other has other days there.

    The newest is the one of the latest series of the point, and of its versions the last: a frame of an older version
    may be delivered late. The days of a version count up to the time at which another one takes its place for the
    point: a slot from then on is none of its slots, so what it says of later days, which the newer version may change,
    bears on nothing.

    Raises:
        OutsideCalendarOfGroup: it does not cover the context.
        CalendarsDiffer: another one has a day of the context otherwise, or under another date.
    """
    newest = max(versions, key=lambda version: (_latest_series(version, timeline), version.n))
    if not newest.calendar.span.holds(context):
        raise OutsideCalendarOfGroup(newest.group)
    for each in {(version.group, version.n): version for version in versions}.values():
        end = _replaced(each, timeline, context.end)
        if end > context.start and differ_within(each.calendar, newest.calendar, Interval(context.start, end)):
            raise CalendarsDiffer(one=f"{each.group} {each.n}", other=f"{newest.group} {newest.n}")
    return newest


def _latest_series(version: GroupVersion, timeline: PointRecord) -> int:
    """The number of the last series in which the version may be named for the point; -1 if there is none."""
    return max((n for n, series in enumerate(timeline.series) if _may_be_named(version, series)), default=-1)


def _replaced(version: GroupVersion, timeline: PointRecord, latest: UtcMillis) -> UtcMillis:
    """When the last series ends in which the version may be named for the point, at most `latest`."""
    named = [series.until for series in timeline.series if _may_be_named(version, series)]
    return max((min(latest, latest if until is None else until) for until in named), default=0)


def _may_be_named(version: GroupVersion, series: PointSeries) -> bool:
    return series.group == version.group and series.first_version <= version.n
