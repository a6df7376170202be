"""Hours: what the readings in force say of each local hour of each point, kept as rows come in.

    hours(point, hour, start, stop, value, measured, estimated, manual, gap)

An hour is named by its start; hours count from local midnight in the zone of the point's group, so whole
ones make up its days and months. A slot belongs to the hour it starts in: one of a day or month is alone
there. `[start, stop)` are the slots there are, `value` the exact sum of those with a value, the rest
counts by status. `value` is null when the sum is beyond ±2**62, as when no slot has a value.

A row stands for its slots in every period that holds `[start, stop)` whole; whoever finds one cut goes
back to the readings. So no row has to be trusted to lie on the grid of a point that was redefined.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from veriwatt.energy.hours import Hours
from veriwatt.metering.slots import grid_of
from veriwatt.units import UtcMillis

Ints = NDArray[np.int64]

SCHEMA = """
create table if not exists hours(
    point integer not null, hour bigint not null, start bigint not null, stop bigint not null, value bigint,
    measured usmallint not null, estimated usmallint not null, manual usmallint not null, gap usmallint not null);
"""

SUMMED = """
    select point, hour, min(start) as start, max(stop) as stop,
           case when abs(sum(value) filter (status between 1 and 3)) <= 1::hugeint << 62
                then (sum(value) filter (status between 1 and 3))::bigint end as value,
           count(*) filter (status = 1) as measured, count(*) filter (status = 2) as estimated,
           count(*) filter (status = 3) as manual, count(*) filter (status = 4) as gap
    from readings where until is null"""
"""The hours of all readings in force, to be narrowed and grouped by point and hour."""


def hours_of(timezones: Sequence[str], lengths: Sequence[int], starts: Ints) -> Ints:
    """The start of the local hour that holds each of `starts`; the next `lengths[i]` of them are of `timezones[i]`."""
    names = sorted(set(timezones))
    at = np.repeat(np.array([names.index(zone) for zone in timezones], np.int32), lengths)
    hours = np.zeros(len(starts), np.int64)
    for i, name in enumerate(names):
        hours[at == i] = grid_of(name, "1h").align(starts[at == i])[0]
    return hours


def sum_again(db: duckdb.DuckDBPyConnection, low: UtcMillis, high: UtcMillis) -> None:
    """Sum the hours anew of every slot in table `incoming`, whose starts lie in `[low, high]`."""
    db.execute(
        """create or replace temp table touched as
           select distinct point, hour from readings semi join incoming using (point, start)
           where start between ? and ?""",
        [low, high],
    )
    first, last = db.execute("select min(hour), max(hour) from touched").fetchall()[0]
    db.execute("delete from hours using touched t where hours.point = t.point and hours.hour = t.hour")
    db.execute(
        f"""insert into hours {SUMMED} and hour between ? and ?
            and (point, hour) in (select point, hour from touched) group by point, hour order by point, hour""",  # noqa: S608
        [first, last],
    )
    db.execute("drop table touched")


def count_slots(
    db: duckdb.DuckDBPyConnection, numbers: Sequence[int], start: UtcMillis, end: UtcMillis
) -> dict[int, tuple[int, int, int, int]]:
    """Slots of these points within `[start, end)`: measured, estimated, manual, gap; no point of which an hour is cut.

    Counts of registers too add up, whatever their values do.
    """
    found = db.execute(
        """select point, sum(measured)::bigint, sum(estimated)::bigint, sum(manual)::bigint, sum(gap)::bigint,
                  min(start) >= $start and max(stop) <= $stop as whole
           from hours where point in (select unnest($points)) and stop > $start and start < $stop group by point""",
        {"points": list(numbers), "start": start, "stop": end},
    ).fetchall()
    counted = dict.fromkeys(numbers, (0, 0, 0, 0))
    for point, measured, estimated, manual, gap, whole in found:
        if whole:
            counted[point] = (measured, estimated, manual, gap)
        else:
            del counted[point]
    return counted


def read_hours(db: duckdb.DuckDBPyConnection, numbers: Sequence[int | None], start: UtcMillis, end: UtcMillis) -> Hours:
    """Every hour of these points that has a slot in part within `[start, end)`; None is one without readings."""
    found: dict[str, Any] = db.execute(
        """select point, start, stop, coalesce(value, 0) as value, measured, estimated, manual, gap,
                  value is null and measured + estimated + manual > 0 as vast
           from hours where point in (select unnest($points)) and stop > $start and start < $stop""",
        {"points": [number for number in numbers if number is not None], "start": start, "stop": end},
    ).fetchnumpy()
    place = np.zeros(max((n for n in numbers if n is not None), default=0) + 1, np.int32)
    for i, number in enumerate(numbers):
        if number is not None:
            place[number] = i
    names = ("start", "stop", "value", "vast", "measured", "estimated", "manual", "gap")
    return Hours(place[np.asarray(found["point"])], *(np.asarray(found[name]) for name in names))
