"""Hourly totals: table `hours` of the readings view, updated when readings are added.

    hours(point, hour, start, stop, value, measured, estimated, manual, gap)

A row has the totals of one local hour of a point, over the slot versions in force. `hour` is the start of the hour,
counted from local midnight in the zone of the point's group, so that whole hours add up to days and months. A slot
belongs to the hour in which it starts; a slot of a day or month has its own row. `[start, stop)` spans the slots,
`value` is the exact sum of those with a value, and the rest counts slots by status. `value` is null if no slot has a
value, or if the sum is beyond ±2**62.

A row is valid for every period that contains `[start, stop)` completely; if a period divides it, the reader uses the
readings. So a row is correct even if it does not fit the grid of a redefined point.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np

from veriwatt.metering.sum_hours import Hours
from veriwatt.model.points.status import VALUED, Status
from veriwatt.units import UtcMillis

SCHEMA = """
create table if not exists hours(
    point integer not null, hour bigint not null, start bigint not null, stop bigint not null, value bigint,
    measured usmallint not null, estimated usmallint not null, manual usmallint not null, gap usmallint not null);
"""

HAS_VALUE = f"status between {VALUED[0]:d} and {VALUED[-1]:d}"
"""The condition for rows of `readings` whose slot has a value; a range is faster than a set."""

SUM_READINGS = f"""
    select point, hour, min(start) as start, max(stop) as stop,
           case when abs(sum(value) filter ({HAS_VALUE})) <= 1::hugeint << 62
                then (sum(value) filter ({HAS_VALUE}))::bigint end as value,
           count(*) filter (status = {Status.MEASURED:d}) as measured,
           count(*) filter (status = {Status.ESTIMATED:d}) as estimated,
           count(*) filter (status = {Status.MANUAL:d}) as manual,
           count(*) filter (status = {Status.GAP:d}) as gap
    from readings where until is null"""  # noqa: S608  # built of our own numbers
"""The hourly totals of all readings in force; conditions and `group by point, hour` are appended."""


def update_hours(db: duckdb.DuckDBPyConnection, low: UtcMillis, high: UtcMillis) -> None:
    """Recompute every hour with a slot in table `incoming`, whose starts lie in `[low, high]`."""
    db.execute(
        """create or replace temp table touched as
           select distinct point, hour from readings semi join incoming using (point, start)
           where start between ? and ?""",
        [low, high],
    )
    first, last = db.execute("select min(hour), max(hour) from touched").fetchall()[0]
    db.execute("delete from hours using touched t where hours.point = t.point and hours.hour = t.hour")
    db.execute(
        f"""insert into hours {SUM_READINGS} and hour between ? and ?
            and (point, hour) in (select point, hour from touched) group by point, hour order by point, hour""",  # noqa: S608
        [first, last],
    )
    db.execute("drop table touched")


def count_slots(
    db: duckdb.DuckDBPyConnection, points: Sequence[int], start: UtcMillis, end: UtcMillis
) -> dict[int, tuple[int, int, int, int]]:
    """The number of measured, estimated, manual and gap slots of each point in `[start, end)`.

    A point is left out if `start` or `end` divides one of its hours. Counts are valid for registers too.
    """
    found = db.execute(
        """select point, sum(measured)::bigint, sum(estimated)::bigint, sum(manual)::bigint, sum(gap)::bigint,
                  min(start) >= $start and max(stop) <= $stop as whole
           from hours where point in (select unnest($points)) and stop > $start and start < $stop group by point""",
        {"points": list(points), "start": start, "stop": end},
    ).fetchall()
    counted = dict.fromkeys(points, (0, 0, 0, 0))
    for point, measured, estimated, manual, gap, whole in found:
        if whole:
            counted[point] = (measured, estimated, manual, gap)
        else:
            del counted[point]
    return counted


def read_hours(db: duckdb.DuckDBPyConnection, points: Sequence[int | None], start: UtcMillis, end: UtcMillis) -> Hours:
    """The hours of the points whose slots overlap `[start, end)`; None stands for a point without readings."""
    found: dict[str, Any] = db.execute(
        """select point, start, stop, coalesce(value, 0) as value, measured, estimated, manual, gap,
                  value is null and measured + estimated + manual > 0 as vast
           from hours where point in (select unnest($points)) and stop > $start and start < $stop""",
        {"points": [number for number in points if number is not None], "start": start, "stop": end},
    ).fetchnumpy()
    place = np.zeros(max((n for n in points if n is not None), default=0) + 1, np.int32)
    for i, number in enumerate(points):
        if number is not None:
            place[number] = i
    names = ("start", "stop", "value", "vast", "measured", "estimated", "manual", "gap")
    return Hours(place[np.asarray(found["point"])], *(np.asarray(found[name]) for name in names))
