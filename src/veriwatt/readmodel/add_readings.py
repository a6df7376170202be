"""Add frames and their slots to tables `frames`, `readings` and `hours` of the readings view, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import duckdb

from veriwatt.model.frames.columns import Ints
from veriwatt.readmodel import hour_rows
from veriwatt.readmodel.reading_rows import ProjectedFrame, ReadingRows, frames_to_arrow


def add_readings(
    db: duckdb.DuckDBPyConnection, frames: Sequence[ProjectedFrame], rows: ReadingRows, local_hours: Ints
) -> None:
    """Add consecutive frames of one org and their slots; if DuckDB raises, nothing is added."""
    db.begin()
    try:
        db.register("added_frames", frames_to_arrow(frames))
        db.execute("insert into frames select * from added_frames")
        db.unregister("added_frames")
        if len(rows):
            _add_rows(db, rows, local_hours)
        db.commit()
    except BaseException:
        with suppress(duckdb.Error):  # if the disk is full, DuckDB has rolled back already
            db.rollback()
        raise


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
