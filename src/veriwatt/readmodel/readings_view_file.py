"""The file of the readings view, for `veriwatt fsck`, which compares it with the frames.

The file is attached beside an empty database in memory, where the queries look for functions: whatever its owner put
into the file, a macro for a function or a view for a table, none of it answers for the rows. Large questions are asked
in parts, and DuckDB has a bound on its memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa

from veriwatt.errors import Malformed, Unavailable
from veriwatt.model.points.standing import Standing
from veriwatt.readmodel.hour_rows import SUM_READINGS
from veriwatt.readmodel.reading_rows import LeftOut, ProjectedFrame, ReadingRows, frames_to_arrow, left_out_to_arrow
from veriwatt.readmodel.readings_tables import TABLES, connect, foreign_objects, is_view_of
from veriwatt.readmodel.stored_values import LEFT_OUT, as_left_out

ROWS_AT_ONCE = 2_000_000
"""Readings of one part of a question about all readings."""

MEMORY = "96MB"
"""What DuckDB may use for its own data; more it writes to files beside the view."""


@dataclass(frozen=True, slots=True)
class WrongRows:
    """Rows of a table of the view that contradict the frames; `position` is the first such frame."""

    table: str
    rows: int
    position: int | None


class ReadingsViewFile:
    """The view file, read only. Every method raises Unavailable if it is open elsewhere or cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = connect(":memory:", memory_limit=MEMORY, temp_directory=str(path.parent))
            quoted = str(path).replace("'", "''")
            self._db.execute(f"attach '{quoted}' as stored (read_only)")
        except duckdb.Error as error:
            raise Unavailable(f"{path}: {error}") from error

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def foreign(self) -> list[tuple[str, str]]:
        """(name, problem) of everything in the file that is not one of the view's tables; without any, `use` it."""
        try:
            return foreign_objects(self._db, "stored")
        except duckdb.Error as error:
            raise Unavailable(f"{self.path}: {error}") from error

    def use(self, chain_id: str) -> bool:
        """Let the other methods read the tables; False when they are of another version or chain."""
        try:
            for table in TABLES:
                self._db.execute(f"create or replace view {table} as from stored.main.{table}")
            return is_view_of(self._db, chain_id)
        except duckdb.Error as error:
            raise Unavailable(f"{self.path}: {error}") from error

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

    def left_out_undefined(self, org: str) -> list[LeftOut]:
        """As `ReadingsView.left_out_undefined`, without rows that are damaged."""
        sql = f"select {LEFT_OUT} from left_out where org = ? and standing = ?"  # noqa: S608 - our own columns
        found = list[LeftOut]()
        for row in self._all(sql, [org, Standing.NOT_DEFINED.value]):
            with suppress(Malformed):  # the comparison of all rows names it
                found.append(as_left_out(*row))
        return found

    def rows_of_others(self, orgs: list[str]) -> list[WrongRows]:
        """The rows that are of none of these orgs, and those of no point of theirs; also points without a reading."""
        ours = "(select id from points where org in (select unnest(?::varchar[])))"
        wrong = {
            "frames": "org not in (select unnest(?::varchar[]))",
            "left_out": "org not in (select unnest(?::varchar[]))",
            "points": f"id not in {ours} or id not in (select point from readings)",  # noqa: S608 - our own text
            "readings": f"point not in {ours}",
            "hours": f"point not in {ours}",
        }
        return [
            each
            for table, where in wrong.items()
            for each in self._wrong_rows(table, f"select count(*), null from {table} where {where}", [orgs])  # noqa: S608
        ]

    def rows_outside(self, org: str, size: int) -> list[WrongRows]:
        """The org's rows of frames at no position in [0, size)."""
        theirs = {
            "frames": "frames r",
            "left_out": "left_out r",
            "readings": "readings r join points p on p.id = r.point",
        }
        sql = "select count(*), min(r.position) from {} where org = ? and (r.position < 0 or r.position >= ?)"
        return [
            each for table, rows in theirs.items() for each in self._wrong_rows(table, sql.format(rows), [org, size])
        ]

    def wrong_until(self, org: str) -> list[WrongRows]:
        """The readings whose `until` is not the position of the next version of their slot; a frame states one."""
        sql = """
            select count(*), min(position) from (
                select r.position, r.until,
                       lead(r.position) over (partition by r.point, r.start order by r.position) as next
                from readings r join points p on p.id = r.point where p.org = ? and r.start between ? and ?)
            where until is distinct from next or next = position"""
        return self._wrong_in_parts("readings", "start", sql, org)

    def wrong_hours(self, org: str) -> list[WrongRows]:
        """The hourly totals that are not the sums of the readings in force."""
        sql = f"""
            with asked as (select ? as org, ?::bigint as first, ?::bigint as last),
                 summed as ({SUM_READINGS} and hour between (select first from asked) and (select last from asked)
                            group by point, hour),
                 counted as (select *, 1 as n from hours
                             where hour between (select first from asked) and (select last from asked)
                             union all select *, -1 from summed),
                 wrong as (select * exclude (n) from counted group by all having sum(n) <> 0)
            select count(*), null from wrong
            where point in (select id from points where org = (select org from asked))"""  # noqa: S608
        return self._wrong_in_parts("hours", "hour", sql, org)

    def _wrong_in_parts(self, table: str, column: str, sql: str, org: str) -> list[WrongRows]:
        """As `_wrong_rows`, of a question about the rows of an org with `column` in a range, over all ranges."""
        found = [
            each for first, last in self._parts(column) for each in self._wrong_rows(table, sql, [org, first, last])
        ]
        first = min((each.position for each in found if each.position is not None), default=None)
        return [WrongRows(table, sum(each.rows for each in found), first)] if found else []

    def _parts(self, column: str) -> Iterator[tuple[int, int]]:
        """Ranges of `column` that cover all 64-bit numbers; none has many readings unless they are of one number."""
        low, high = -(1 << 63), (1 << 63) - 1
        sql = f"select min({column}), max({column}) from readings"  # noqa: S608
        first, last = self._all(sql, [])[0]
        if first is None:
            yield low, high
            return
        waiting = [(int(first), int(last))]
        while waiting:
            start, end = waiting.pop()
            sql = f"select count(*) from readings where {column} between ? and ?"  # noqa: S608
            if end > start and self._all(sql, [start, end])[0][0] > ROWS_AT_ONCE:
                middle = (start + end) // 2
                waiting += [(middle + 1, end), (start, middle)]
            else:
                yield (low if start == first else start), (high if end == last else end)

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
            raise Unavailable(f"{self.path}: {error}") from error
