"""The file of the readings view, for `veriwatt fsck`, which compares it with the frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa

from veriwatt.errors import Unavailable
from veriwatt.readmodel.hour_rows import SUM_READINGS
from veriwatt.readmodel.reading_rows import LeftOut, ProjectedFrame, ReadingRows, frames_to_arrow, left_out_to_arrow
from veriwatt.readmodel.readings_tables import CONFIG, is_view_of


@dataclass(frozen=True, slots=True)
class WrongRows:
    """Rows of a table of the view that contradict the frames; `position` is the first such frame."""

    table: str
    rows: int
    position: int | None


class ReadingsViewFile:
    """The view file, read only. Every method raises Unavailable if it is open elsewhere or cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._db = duckdb.connect(str(path), read_only=True, config=CONFIG)
        except duckdb.Error as error:
            raise Unavailable(f"{path}: {error}") from error

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def is_of(self, chain_id: str) -> bool:
        """Whether this is a view of that chain in the present version; any other will be emptied by the node."""
        try:
            return is_view_of(self._db, chain_id)
        except duckdb.Error as error:
            raise Unavailable(f"{self._path}: {error}") from error

    def size(self, org: str) -> int:
        """The number of projected frames of the org's chain: those at positions below it."""
        return int(self._all("select coalesce(max(position) + 1, 0) from frames where org = ?", [org])[0][0])

    def compare(
        self, org: str, start: int, end: int, points: list[str], frames: list[ProjectedFrame], rows: ReadingRows
    ) -> list[WrongRows]:
        """The differences between these rows and the view's rows of frames at positions [start, end).

        Args:
            org: whose chain.
            start: the first position.
            end: after the last position.
            points: the ids of points; `rows.points` are indices into this list.
            frames: every group of every frame; `anchored_at` in the view may be null instead.
            rows: every stated slot.
        """
        return self._compare_frames(org, start, end, frames) + self._compare_readings(org, start, end, points, rows)

    def compare_left_out(self, org: str, start: int, end: int, left_out: list[tuple[int, LeftOut]]) -> list[WrongRows]:
        """The differences between these slots, each with its frame's position, and those that the view left out."""
        sql = """
            with stored as (select * exclude (org) from left_out where org = ? and position >= ? and position < ?),
                 both_sides as (select *, 1 as side from wanted union all select *, -1 from stored),
                 wrong as (select * exclude (side) from both_sides group by all having sum(side) <> 0)
            select count(*), min(position) from wrong"""
        return self._compare(left_out_to_arrow(left_out), "left_out", sql, [org, start, end])

    def wrong_until(self, org: str) -> list[WrongRows]:
        """The readings whose `until` is not the position of the next version of their slot."""
        sql = """
            select count(*), min(position) from (
                select r.position, r.until,
                       lead(r.position) over (partition by r.point, r.start order by r.position) as next
                from readings r join points p on p.id = r.point where p.org = ?)
            where until is distinct from next"""
        return self._wrong_rows("readings", sql, [org])

    def wrong_hours(self, org: str) -> list[WrongRows]:
        """The hourly totals that are not the sums of the readings in force."""
        sql = f"""
            with summed as ({SUM_READINGS} group by point, hour),
                 counted as (select *, 1 as n from hours union all select *, -1 from summed),
                 wrong as (select * exclude (n) from counted group by all having sum(n) <> 0)
            select count(*), null from wrong where point in (select id from points where org = ?)"""  # noqa: S608
        return self._wrong_rows("hours", sql, [org])

    def _compare_frames(self, org: str, start: int, end: int, frames: list[ProjectedFrame]) -> list[WrongRows]:
        sql = """
            select count(*), min(coalesce(w.position, f.position)) from wanted w
            full join (select * from frames where org = ? and position >= ? and position < ?) f
              on f.position = w.position and f.name = w.name
            where w.position is null or f.position is null or w.source is distinct from f.source
               or w.settings is distinct from f.settings
               or (f.anchored_at is not null and f.anchored_at is distinct from w.anchored_at)"""
        return self._compare(frames_to_arrow(frames), "frames", sql, [org, start, end])

    def _compare_readings(
        self, org: str, start: int, end: int, points: list[str], rows: ReadingRows
    ) -> list[WrongRows]:
        wanted = rows.to_arrow(point=pa.array(points, pa.string()).take(pa.array(rows.points)))
        sql = """
            select count(*), min(coalesce(w.position, f.position)) from wanted w
            full join (select r.*, p.point as name from readings r join points p on p.id = r.point
                       where p.org = ? and position >= ? and position < ?) f
              on f.name = w.point and f.start = w.start and f.position = w.position
            where w.position is null or f.position is null or w.stop is distinct from f.stop
               or w.value is distinct from f.value or w.status is distinct from f.status"""
        return self._compare(wanted, "readings", sql, [org, start, end])

    def _compare(self, wanted: pa.Table, table: str, sql: str, values: list[Any]) -> list[WrongRows]:
        self._db.register("wanted", wanted)
        try:
            return self._wrong_rows(table, sql, values)
        finally:
            self._db.unregister("wanted")

    def _wrong_rows(self, table: str, sql: str, values: list[Any]) -> list[WrongRows]:
        ((count, first),) = self._all(sql, values)
        return [WrongRows(table, int(count), first)] if count else []

    def _all(self, sql: str, values: list[Any]) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except duckdb.Error as error:
            raise Unavailable(f"{self._path}: {error}") from error
