"""Add groups of frames to the view, in one transaction: `readmodel.readings_tables` has its tables."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import duckdb

from veriwatt.metering.local_hours import local_hours
from veriwatt.model.frames.columns import Ints
from veriwatt.readmodel import hour_rows
from veriwatt.readmodel.reading_rows import (
    ProjectedGroup,
    ReadingRows,
    StatedColumn,
    frames_to_arrow,
    join_columns,
    left_out_to_arrow,
    stated_slots,
)


def add_groups(db: duckdb.DuckDBPyConnection, org: str, groups: Sequence[ProjectedGroup]) -> int:
    """Add the groups of consecutive frames of an org; returns the number of slots that they state.

    If DuckDB raises, nothing is added.
    """
    db.begin()
    try:
        rows, hours = _join_groups(db, org, groups)
        db.register("added_frames", frames_to_arrow([group.frame for group in groups]))
        db.execute("insert into frames select * from added_frames")
        db.unregister("added_frames")
        if left_out := [(group.frame.position, each) for group in groups for each in group.left_out]:
            db.register("added_left_out", left_out_to_arrow(left_out))
            db.execute("insert into left_out select ?, * from added_left_out", [org])
            db.unregister("added_left_out")
        if len(rows):
            _add_rows(db, rows, hours)
        db.commit()
    except BaseException:
        with suppress(duckdb.Error):  # if the disk is full, DuckDB has rolled back already
            db.rollback()
        raise
    return len(rows)


def forget_org(db: duckdb.DuckDBPyConnection, org: str) -> None:
    """Delete all frames of an org with their slots, so that they are added again."""
    db.begin()
    try:
        for table in ("readings", "hours"):
            db.execute(f"delete from {table} where point in (select id from points where org = ?)", [org])  # noqa: S608
        for table in ("left_out", "frames", "points"):
            db.execute(f"delete from {table} where org = ?", [org])  # noqa: S608
        db.commit()
    except BaseException:
        with suppress(duckdb.Error):
            db.rollback()
        raise


def _join_groups(db: duckdb.DuckDBPyConnection, org: str, groups: Sequence[ProjectedGroup]) -> tuple[ReadingRows, Ints]:
    """The slots that the columns of the groups state, and the local hour in which each starts."""
    columns = [(group, stated_slots(column)) for group in groups for column in group.columns]
    columns = [(group, slots) for group, slots in columns if len(slots.codes)]
    numbers = _point_numbers(db, org, [slots.point for _, slots in columns])
    rows = join_columns([StatedColumn(numbers[slots.point], group.frame.position, slots) for group, slots in columns])
    zones, lengths = [group.timezone for group, _ in columns], [len(slots.codes) for _, slots in columns]
    return rows, local_hours(zones, lengths, rows.starts)


def _point_numbers(db: duckdb.DuckDBPyConnection, org: str, points: Sequence[str]) -> dict[str, int]:
    """The numbers that table `points` gives these points; a new point gets the next number."""
    known = {p: int(i) for i, p in db.execute("select id, point from points where org = ?", [org]).fetchall()}
    if new := [p for p in dict.fromkeys(points) if p not in known]:
        first = int(db.execute("select coalesce(max(id) + 1, 0) from points").fetchall()[0][0])
        numbers = dict(zip(new, range(first, first + len(new)), strict=True))
        db.executemany("insert into points values (?, ?, ?)", [(i, org, p) for p, i in numbers.items()])
        known |= numbers
    return known


def _add_rows(db: duckdb.DuckDBPyConnection, rows: ReadingRows, local_hours: Ints) -> None:
    db.register("added_rows", rows.to_arrow(hour=local_hours))
    db.execute("""
        create or replace temp table incoming as
        select *, lead(position) over (partition by point, start order by position) as until from added_rows""")
    db.unregister("added_rows")
    span = [int(rows.starts.min()), int(rows.starts.max())]  # lets DuckDB skip the other row groups of the table
    db.execute(
        """update readings set until = newer.position
           from (select point, start, min(position) as position from incoming group by all) as newer
           where readings.point = newer.point and readings.start = newer.start and readings.until is null
             and readings.start between ? and ?""",
        span,
    )
    db.execute("insert into readings select point, hour, start, stop, value, status, position, until from incoming")
    hour_rows.update_hours(db, *span)
    db.execute("drop table incoming")
