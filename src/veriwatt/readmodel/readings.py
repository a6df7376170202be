"""Readings in columns (DuckDB): every version of every slot that the node may open.

A cache over the data chains, written by `reading.project` alone: delete the file and it is rebuilt.

    points(id, org, point)
    frames(org, position, anchored_at, group, source, settings)        anchored_at null: accepted, not anchored yet
    readings(point, hour, start, stop, value, status, position, until) until: position of the frame that replaced it
    hours(point, hour, …)                                              what those in force add up to (`readmodel.hours`)

`until` is null for the version in force. Values are mantissas at the scale of the point's definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from veriwatt.energy.hours import Hours
from veriwatt.errors import Corrupted, NotFound, Unavailable
from veriwatt.readmodel import hours
from veriwatt.units import UtcMillis

Ints = NDArray[np.int64]

VERSION = 2
MAGIC, MAGIC_AT = b"DUCK", 8
"""What a database file of DuckDB has after its first checksum."""

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "threads": 2,
}
ABOUT = "create table if not exists about(version integer not null, chain text not null)"
SCHEMA = """
create table points(id integer primary key, org text not null, point text not null, unique (org, point));
create table frames(
    org text not null, position bigint not null, anchored_at bigint, name text not null,
    source blob, settings blob, primary key (org, position, name));
create table readings(
    point integer not null, hour bigint not null, start bigint not null, stop bigint not null, value bigint not null,
    status utinyint not null, position bigint not null, until bigint);
"""


@dataclass(frozen=True, slots=True, eq=False)
class ReadingRows:
    """Slots of points as stored, sorted by point and start; `positions` names the frame of each."""

    points: NDArray[np.int32]
    starts: Ints
    stops: Ints
    values: Ints
    statuses: NDArray[np.uint8]
    positions: Ints

    def __len__(self) -> int:
        return len(self.starts)

    def part(self, at: slice) -> ReadingRows:
        return ReadingRows(
            self.points[at], self.starts[at], self.stops[at], self.values[at], self.statuses[at], self.positions[at]
        )


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """A projected frame: `source` and `settings` are digests when its origin is a file."""

    org: str
    position: int
    anchored_at: UtcMillis | None
    group: str
    source: bytes | None
    settings: bytes | None


class Readings:
    """The view file, one process at a time. `path` None keeps it in memory, for a node that another process holds."""

    def __init__(self, path: Path | None, chain_id: str) -> None:
        """Open; a view of another version or chain is emptied, and a file that is no view deleted, to be rebuilt."""
        self._path = path or Path(":memory:")
        if path is not None:
            _drop_unfinished(path)
        with _translated(self._path):
            self._db = duckdb.connect(str(self._path), config=CONFIG)
            self._db.execute(ABOUT)
            if self._db.execute("select version, chain from about").fetchall() != [(VERSION, chain_id)]:
                self._make(chain_id)

    def close(self) -> None:
        self._db.close()

    def size(self, org: str) -> int:
        """Frames of the org's chain that are projected: all positions below it."""
        return int(self._all("select coalesce(max(position) + 1, 0) from frames where org = ?", [org])[0][0])

    def point_ids(self, org: str, points: Sequence[str]) -> list[int]:
        """The numbers of points in this file, given as they first appear."""
        known = {p: i for i, p in self._all("select id, point from points where org = ?", [org])}
        if fresh := [p for p in dict.fromkeys(points) if p not in known]:
            first = int(self._all("select coalesce(max(id) + 1, 0) from points", [])[0][0])
            rows = [(first + i, org, p) for i, p in enumerate(fresh)]
            with _translated(self._path):
                self._db.executemany("insert into points values (?, ?, ?)", rows)
            known |= {p: i for i, _, p in rows}
        return [known[p] for p in points]

    def add(self, frames: Sequence[SeenFrame], rows: ReadingRows, local_hours: Ints) -> None:
        """Take in consecutive frames of one org, in order; a slot seen before is replaced by its newest version.

        `local_hours[i]` is the start of the local hour in which row i starts (`hours_of`).
        """
        with _translated(self._path):
            self._db.begin()
            try:
                self._insert_frames(frames)
                if len(rows):
                    self._insert(rows, local_hours)
                self._db.commit()
            except BaseException:
                with suppress(duckdb.Error):  # where the disk is full there is nothing left to take back
                    self._db.rollback()
                raise

    def anchored(self, org: str, before: int, at: UtcMillis) -> None:
        """Note that the frames below `before` that were not anchored yet are, since `at`."""
        sql = "update frames set anchored_at = ? where org = ? and position < ? and anchored_at is null"
        with _translated(self._path):
            self._db.execute(sql, [at, org, before])

    def first_unanchored(self, org: str) -> int | None:
        """The first projected position that was not anchored when last noted; None when all were."""
        sql = "select min(position) from frames where org = ? and anchored_at is null"
        found = self._all(sql, [org])[0][0]
        return None if found is None else int(found)

    def read(
        self, org: str, point: str, start: UtcMillis, end: UtcMillis, as_of: UtcMillis | None = None
    ) -> ReadingRows:
        """The slots of one point whose end lies in (start, end], in order, as known now or at `as_of`.

        At `as_of` only frames anchored by then count, and a slot has the version in force then.
        """
        return self._rows(*_select([self._number(org, point)], org, start, end, as_of))

    def read_many(
        self, org: str, points: Sequence[str], start: UtcMillis, end: UtcMillis
    ) -> Iterator[tuple[str, ReadingRows]]:
        """As `read` of each point, as known now, from one pass over the table; points without readings are left out."""
        asked = set(points)
        numbers = self._all("select id, point from points where org = ? order by id", [org])
        known = {int(i): p for i, p in numbers if p in asked}
        rows = self._rows(*_select(list(known), org, start, end, None))
        edges = np.flatnonzero(np.diff(rows.points, prepend=-1)).tolist()
        for low, high in pairwise([*edges, len(rows)]):
            yield known[int(rows.points[low])], rows.part(slice(low, high))

    def read_hours(self, org: str, points: Sequence[str], start: UtcMillis, end: UtcMillis) -> Hours:
        """The hours of points, as known now, that have a slot in part within [start, end)."""
        known = dict(self._all("select point, id from points where org = ?", [org]))
        with _translated(self._path):
            return hours.read_hours(self._db, [known.get(point) for point in points], start, end)

    def count_slots(
        self, org: str, points: Sequence[str], start: UtcMillis, end: UtcMillis
    ) -> dict[str, tuple[int, int, int, int]]:
        """How many slots of each point within [start, end) are measured, estimated, manual, a gap, as known now.

        From the hours; a point of which `start` or `end` cuts one is left out.
        """
        known = dict(self._all("select id, point from points where org = ?", [org]))
        asked = [number for number, point in known.items() if point in set(points)]
        with _translated(self._path):
            counted = hours.count_slots(self._db, asked, start, end)
        silent = dict.fromkeys(set(points) - set(known.values()), (0, 0, 0, 0))
        return silent | {known[number]: counts for number, counts in counted.items()}

    def raw_sums(self, length: int) -> int:
        """How many sums over spans of `length` ms there are: the least a query of all points can cost, for benches."""
        sql = "select count(*) from (select point, start // ? as span, sum(value) from readings group by all)"
        return int(self._all(sql, [length])[0][0])

    def last_before(self, org: str, point: str, t: UtcMillis) -> UtcMillis | None:
        """The start of the last slot with a value that ends at or before `t`; None when there is none."""
        sql = """select max(start) from readings
                 where point = ? and stop <= ? and until is null and status between 1 and 3"""
        found = self._all(sql, [self._number(org, point), t])[0][0]
        return None if found is None else int(found)

    def first(self, org: str, point: str) -> UtcMillis | None:
        """The start of the first slot with a value; None when the point has none."""
        sql = "select min(start) from readings where point = ? and until is null and status between 1 and 3"
        found = self._all(sql, [self._number(org, point)])[0][0]
        return None if found is None else int(found)

    def span(self, org: str, point: str) -> tuple[UtcMillis, UtcMillis] | None:
        """From the first known slot's start to the last one's end; None without slots."""
        sql = "select min(start), max(stop) from readings where point = ? and until is null"
        try:
            start, end = self._all(sql, [self._number(org, point)])[0]
        except NotFound:
            return None
        return None if start is None else (int(start), int(end))

    def spans(self, org: str) -> dict[str, tuple[UtcMillis, UtcMillis]]:
        """As `span`, of every point of the org that has slots."""
        sql = """select points.point, min(start), max(stop) from hours join points on points.id = hours.point
                 where org = ? group by points.point"""
        return {point: (int(start), int(end)) for point, start, end in self._all(sql, [org])}

    def count_by_status(self) -> dict[int, int]:
        """How many slots of all points have which status, in their version in force."""
        sql = "select status, count(*) from readings where until is null group by status order by status"
        return {int(status): int(count) for status, count in self._all(sql, [])}

    def versions(self, org: str, point: str, start: UtcMillis) -> list[int]:
        """Positions of the frames that state the slot starting at `start`, oldest first."""
        sql = "select position from readings where point = ? and start = ? order by position"
        return [int(p) for (p,) in self._all(sql, [self._number(org, point), start])]

    def settings_of(self, org: str, group: str, source: bytes) -> set[bytes]:
        """The mapping settings under which a file was imported into a group before."""
        sql = "select distinct settings from frames where org = ? and name = ? and source = ?"
        return {bytes(s) for (s,) in self._all(sql, [org, group, source])}

    def every_row(self, org: str) -> Iterator[tuple[str, ReadingRows]]:
        """Each point of the org with all versions of its slots, for a check against the frames."""
        for number, point in self._all("select id, point from points where org = ? order by id", [org]):
            sql = """select point, start, stop, value, status, position from readings
                     where point = $point order by start, position"""
            yield point, self._rows(sql, {"point": number})

    def _make(self, chain_id: str) -> None:
        self._db.begin()
        for table in ("readings", "hours", "frames", "points"):
            self._db.execute(f"drop table if exists {table}")
        self._db.execute(SCHEMA + hours.SCHEMA)
        self._db.execute("delete from about")
        self._db.execute("insert into about values (?, ?)", [VERSION, chain_id])
        self._db.commit()

    def _insert_frames(self, frames: Sequence[SeenFrame]) -> None:
        columns = zip(*map(_values, frames), strict=True)
        table = pa.table([pa.array(c, t) for c, t in zip(columns, _FRAME_TYPES, strict=True)], list(_FRAME_COLUMNS))
        self._db.register("seen", table)
        self._db.execute("insert into frames select * from seen")
        self._db.unregister("seen")

    def _insert(self, rows: ReadingRows, local_hours: Ints) -> None:
        fresh = {
            "point": rows.points,
            "hour": local_hours,
            "start": rows.starts,
            "stop": rows.stops,
            "value": rows.values,
            "status": rows.statuses,
            "position": rows.positions,
        }
        self._db.register("fresh", pa.table(fresh))
        self._db.execute("""
            create or replace temp table incoming as
            select *, lead(position) over (partition by point, start order by position) as until from fresh""")
        self._db.unregister("fresh")
        span = [int(rows.starts.min()), int(rows.starts.max())]  # so that only that part of the table is looked at
        self._db.execute(
            """update readings set until = newer.position
               from (select point, start, min(position) as position from incoming group by all) as newer
               where readings.point = newer.point and readings.start = newer.start and readings.until is null
                 and readings.start between ? and ?""",
            span,
        )
        self._db.execute(
            "insert into readings select point, hour, start, stop, value, status, position, until from incoming"
        )
        hours.sum_again(self._db, *span)
        self._db.execute("drop table incoming")

    def _number(self, org: str, point: str) -> int:
        found = self._all("select id from points where org = ? and point = ?", [org, point])
        if not found:
            raise NotFound(f"point {point!r} of org {org!r} has no readings here")
        return int(found[0][0])

    def _rows(self, sql: str, values: dict[str, Any]) -> ReadingRows:
        with _translated(self._path):
            found = self._db.execute(sql, values).fetchnumpy()
        return ReadingRows(
            *(np.asarray(found[name]) for name in ("point", "start", "stop", "value", "status", "position"))
        )

    def _all(self, sql: str, values: list[Any]) -> list[Any]:
        with _translated(self._path):
            return self._db.execute(sql, values).fetchall()


def _drop_unfinished(path: Path) -> None:
    """Delete a file that was made and never became a database: whoever made it was killed, or the disk was full."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        if file.read(MAGIC_AT + len(MAGIC))[MAGIC_AT:] != MAGIC:
            path.unlink()


_FRAME_COLUMNS = ("org", "position", "anchored_at", "name", "source", "settings")
_FRAME_TYPES = (pa.string(), pa.int64(), pa.int64(), pa.string(), pa.binary(), pa.binary())


def _values(frame: SeenFrame) -> tuple[object, ...]:
    return frame.org, frame.position, frame.anchored_at, frame.group, frame.source, frame.settings


def _select(
    numbers: Sequence[int], org: str, start: UtcMillis, end: UtcMillis, as_of: UtcMillis | None
) -> tuple[str, dict[str, Any]]:
    """The statement that reads slots of some points, and its values."""
    values: dict[str, Any] = {"points": list(numbers), "start": start, "stop": end}
    where = "until is null"  # `in $points` would look through the list for every row
    if as_of is not None:
        known = "position in (select position from frames where org = $org and anchored_at <= $as_of)"
        not_yet = "org = $org and (anchored_at is null or anchored_at > $as_of)"
        later = f"until in (select position from frames where {not_yet})"  # noqa: S608 - our own text
        where = f"{known} and (until is null or {later})"
        values |= {"org": org, "as_of": as_of}
    asked = "point in (select unnest($points)) and stop > $start and stop <= $stop"
    columns = "point, start, stop, value, status, position"
    return f"select {columns} from readings where {asked} and {where} order by point, start", values  # noqa: S608


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except (duckdb.IOException, duckdb.TransactionException) as error:  # the latter: what could not be committed
        remedy = "should the file be damaged, delete it, it is rebuilt from the frames"
        raise Unavailable(f"{path}: {error}; {remedy}") from error
    except duckdb.Error as error:
        raise Corrupted(f"{path}: {error}; delete it, it is rebuilt from the frames") from error
