"""The readings view as it lies in its file, for a comparison with the frames it was projected from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa

from veriwatt.errors import Unavailable
from veriwatt.readmodel.hours import SUMMED
from veriwatt.readmodel.readings import VERSION, ReadingRows, SeenFrame


@dataclass(frozen=True, slots=True)
class Different:
    """Rows of one table that are not what they follow from; `position` is the first frame concerned, if one is."""

    table: str
    rows: int
    position: int | None


class StoredReadings:
    """The view file, read only. Unavailable when another process holds it, or it cannot be opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "threads": 2,
        }
        try:
            self._db = duckdb.connect(str(path), read_only=True, config=config)
        except duckdb.Error as error:
            raise Unavailable(f"{path}: {error}") from error

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def is_of(self, chain_id: str) -> bool:
        """Whether this is a view of that chain in the version we know; another one is emptied when it is next used."""
        return self._all("select version, chain from about", []) == [(VERSION, chain_id)]

    def size(self, org: str) -> int:
        """Frames of the org's chain that are projected: all positions below it."""
        return int(self._all("select coalesce(max(position) + 1, 0) from frames where org = ?", [org])[0][0])

    def compare(
        self, org: str, start: int, end: int, points: list[str], frames: list[SeenFrame], rows: ReadingRows
    ) -> list[Different]:
        """Where the view's frames and readings at positions [start, end) are not exactly these.

        Args:
            org: whose chain.
            start: the first position.
            end: after the last one.
            points: the id of each point; `rows.points` are places in it.
            frames: every group of every frame; `anchored_at` of the view may be null instead.
            rows: every stated slot.
        """
        return self._frames(org, start, end, frames) + self._readings(org, start, end, points, rows)

    def broken_successions(self, org: str) -> list[Different]:
        """Readings whose `until` is not the position of the next version of their slot."""
        sql = """
            select count(*), min(position) from (
                select r.position, r.until,
                       lead(r.position) over (partition by r.point, r.start order by r.position) as next
                from readings r join points p on p.id = r.point where p.org = ?)
            where until is distinct from next"""
        return self._different("readings", sql, [org])

    def wrong_hours(self, org: str) -> list[Different]:
        """Hours that are not the sum of the readings in force."""
        sql = f"""
            with summed as ({SUMMED} group by point, hour),
                 counted as (select *, 1 as n from hours union all select *, -1 from summed),
                 wrong as (select * exclude (n) from counted group by all having sum(n) <> 0)
            select count(*), null from wrong where point in (select id from points where org = ?)"""  # noqa: S608
        return self._different("hours", sql, [org])

    def _frames(self, org: str, start: int, end: int, frames: list[SeenFrame]) -> list[Different]:
        wanted = pa.table(
            {
                "position": pa.array([f.position for f in frames], pa.int64()),
                "anchored_at": pa.array([f.anchored_at for f in frames], pa.int64()),
                "name": pa.array([f.group for f in frames], pa.string()),
                "source": pa.array([f.source for f in frames], pa.binary()),
                "settings": pa.array([f.settings for f in frames], pa.binary()),
            }
        )
        sql = """
            select count(*), min(coalesce(w.position, f.position)) from wanted w
            full join (select * from frames where org = ? and position >= ? and position < ?) f
              on f.position = w.position and f.name = w.name
            where w.position is null or f.position is null or w.source is distinct from f.source
               or w.settings is distinct from f.settings
               or (f.anchored_at is not null and f.anchored_at is distinct from w.anchored_at)"""
        return self._against(wanted, "frames", sql, [org, start, end])

    def _readings(self, org: str, start: int, end: int, points: list[str], rows: ReadingRows) -> list[Different]:
        names = pa.array(points, pa.string()).take(pa.array(rows.points))
        wanted = pa.table(
            {
                "point": names,
                "start": rows.starts,
                "stop": rows.stops,
                "value": rows.values,
                "status": rows.statuses,
                "position": rows.positions,
            }
        )
        sql = """
            select count(*), min(coalesce(w.position, f.position)) from wanted w
            full join (select r.*, p.point as name from readings r join points p on p.id = r.point
                       where p.org = ? and position >= ? and position < ?) f
              on f.name = w.point and f.start = w.start and f.position = w.position
            where w.position is null or f.position is null or w.stop is distinct from f.stop
               or w.value is distinct from f.value or w.status is distinct from f.status"""
        return self._against(wanted, "readings", sql, [org, start, end])

    def _against(self, wanted: pa.Table, table: str, sql: str, values: list[Any]) -> list[Different]:
        self._db.register("wanted", wanted)
        try:
            return self._different(table, sql, values)
        finally:
            self._db.unregister("wanted")

    def _different(self, table: str, sql: str, values: list[Any]) -> list[Different]:
        ((count, first),) = self._all(sql, values)
        return [Different(table, int(count), first)] if count else []

    def _all(self, sql: str, values: list[Any]) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except duckdb.Error as error:
            raise Unavailable(f"{self._path}: {error}") from error
