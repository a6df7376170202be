"""The readings view (DuckDB): all versions of the slots that the node may open.

A cache of the data chains, written by `reading.project` alone; if the file is deleted, it is rebuilt. Its tables are
described in `readmodel.readings_tables`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from veriwatt.errors import Malformed, NotFound
from veriwatt.ids import Digest
from veriwatt.metering.point_history import ALWAYS
from veriwatt.metering.sum_hours import Hours
from veriwatt.model.frames.columns import Ints
from veriwatt.model.points.standing import Standing
from veriwatt.readmodel import hour_rows
from veriwatt.readmodel.add_readings import add_groups, forget_org
from veriwatt.readmodel.reading_rows import LeftOut, ProjectedGroup, ReadingRows
from veriwatt.readmodel.readings_tables import ViewDamaged, duckdb_errors, open_view
from veriwatt.readmodel.stored_values import LEFT_OUT, as_left_out, as_times, check_rows
from veriwatt.units import Interval, UtcMillis

_ANCHORED = "position in (select position from frames where org = $org and anchored_at <= $as_of)"


class ReadingsView:
    """The view, in a file or in memory; one process at a time may open the file, one thread uses each object.

    Every method raises ViewFailed, DiskFull or ViewDamaged if the file fails. `start` and `end` are UTC milliseconds.
    """

    def __init__(self, path: Path | None, chain_id: str) -> None:
        """Open the view of a chain; it is empty if the file is new, or of another version or chain.

        If `path` is None, the view is in memory, for a process that finds the home locked.
        """
        self._path = path
        self._db = open_view(path, chain_id)

    def close(self) -> None:
        with duckdb_errors(self._path):
            self._db.close()

    def reader(self) -> ReadingsView:
        """The same view for one other thread, which must close it before the view itself is closed."""
        other = object.__new__(ReadingsView)
        other._path = self._path
        with duckdb_errors(self._path):
            other._db = self._db.cursor()
        return other

    @contextmanager
    def one_state(self) -> Iterator[None]:
        """All reads inside see one state of the view, whoever adds frames meanwhile."""
        with duckdb_errors(self._path):
            self._db.begin()
        try:
            yield
        finally:
            with suppress(duckdb.Error):
                self._db.rollback()

    def size(self, org: str) -> int:
        """The number of projected frames of the org's chain: those at positions below it."""
        return int(self._all("select coalesce(max(position) + 1, 0) from frames where org = ?", [org])[0][0])

    def add(self, org: str, groups: Sequence[ProjectedGroup]) -> int:
        """Add the groups of consecutive frames of an org, atomically; durable on return.

        The newest version of a slot replaces the one in force. Returns the number of slots that the groups state.
        """
        with duckdb_errors(self._path):
            return add_groups(self._db, org, groups)

    def forget(self, org: str) -> None:
        """Delete the frames of an org with all their slots, atomically, so that they are projected again."""
        with duckdb_errors(self._path):
            forget_org(self._db, org)

    def left_out(self, org: str, point: str, span: Interval = ALWAYS) -> list[LeftOut]:
        """The slots of a point that frames state and that are not its values, by frame and time.

        Each entry that has a slot which starts in `span` is answered whole.
        """
        sql = f"""select {LEFT_OUT} from left_out where org = ? and point = ? and start < ? and last >= ?
                  order by position, start"""  # noqa: S608
        with self._parsing("left_out"):
            return [as_left_out(*row) for row in self._all(sql, [org, point, span.end, span.start])]

    def left_out_undefined(self, org: str) -> list[LeftOut]:
        """The slots of an org that were left out because their points had no definition then."""
        sql = f"select {LEFT_OUT} from left_out where org = ? and standing = ?"  # noqa: S608
        with self._parsing("left_out"):
            return [as_left_out(*row) for row in self._all(sql, [org, Standing.NOT_DEFINED.value])]

    def mark_anchored(self, org: str, below: int, at: UtcMillis) -> None:
        """Set the anchoring time of the frames at positions under `below` that have none."""
        sql = "update frames set anchored_at = ? where org = ? and position < ? and anchored_at is null"
        with duckdb_errors(self._path):
            self._db.execute(sql, [at, org, below])

    def first_unanchored(self, org: str) -> int | None:
        """The first projected position that is not marked as anchored; None if all are."""
        found = self._all("select min(position) from frames where org = ? and anchored_at is null", [org])[0][0]
        return None if found is None else int(found)

    def read(
        self, org: str, point: str, start: UtcMillis, end: UtcMillis, as_of: UtcMillis | None = None
    ) -> ReadingRows:
        """The slots of one point that end in (start, end], in order, in the version in force.

        With `as_of`, a slot has the version that was in force then, by the frames anchored until then.

        Raises:
            NotFound: the view has no reading of the point.
        """
        return self._rows(*_select([self._number(org, point)], org, start, end, as_of))

    def read_many(
        self, org: str, points: Sequence[str], start: UtcMillis, end: UtcMillis
    ) -> Iterator[tuple[str, ReadingRows]]:
        """As `read` of each point, in one pass over the table; points without readings are left out."""
        asked = set(points)
        known = {number: p for p, number in sorted(self._numbers(org).items(), key=itemgetter(1)) if p in asked}
        rows = self._rows(*_select(list(known), org, start, end, None))
        edges = np.flatnonzero(np.diff(rows.points, prepend=-1)).tolist()
        for low, high in pairwise([*edges, len(rows)]):
            yield known[int(rows.points[low])], rows.part(slice(low, high))

    def read_hours(self, org: str, points: Sequence[str], start: UtcMillis, end: UtcMillis) -> Hours:
        """The hourly totals of points whose slots overlap [start, end), of the versions in force."""
        known = self._numbers(org)
        with duckdb_errors(self._path):
            return hour_rows.read_hours(self._db, [known.get(point) for point in points], start, end)

    def count_slots(
        self, org: str, points: Sequence[str], start: UtcMillis, end: UtcMillis
    ) -> dict[str, tuple[int, int, int, int]]:
        """The number of measured, estimated, manual and gap slots of each point in [start, end).

        From the hourly totals; a point is left out if `start` or `end` divides one of its hours.
        """
        known = {number: point for point, number in self._numbers(org).items()}
        asked = [number for number, point in known.items() if point in set(points)]
        with duckdb_errors(self._path):
            counted = hour_rows.count_slots(self._db, asked, start, end)
        without = dict.fromkeys(set(points) - set(known.values()), (0, 0, 0, 0))
        return without | {known[number]: counts for number, counts in counted.items()}

    def last_before(self, org: str, point: str, t: UtcMillis) -> UtcMillis | None:
        """The start of the last slot with a value that ends at or before `t`; None if there is none."""
        sql = f"""select max(start) from readings
                  where point = ? and stop <= ? and until is null and {hour_rows.HAS_VALUE}"""  # noqa: S608
        found = self._all(sql, [self._number(org, point), t])[0][0]
        with self._parsing("readings"):
            return None if found is None else as_times(found, found)[0]

    def span(
        self, org: str, point: str, within: Interval = ALWAYS, as_of: UtcMillis | None = None
    ) -> tuple[UtcMillis, UtcMillis] | None:
        """The start of the point's first slot that begins in `within`, and the end of its last one; None without.

        With `as_of`, of the slots that frames stated which were anchored until then.
        """
        values: dict[str, Any] = {"start": within.start, "stop": within.end}
        version = "until is null"
        if as_of is not None:
            version, values = _ANCHORED, values | {"org": org, "as_of": as_of}
        sql = f"""select min(start), max(stop) from readings
                  where point = $point and start >= $start and start < $stop and {version}"""  # noqa: S608 - our own text
        try:
            start, end = self._all(sql, values | {"point": self._number(org, point)})[0]
        except NotFound:
            return None
        with self._parsing("readings"):
            return None if start is None else as_times(start, end)

    def spans(self, org: str) -> dict[str, tuple[UtcMillis, UtcMillis]]:
        """As `span`, for every point of the org with slots."""
        sql = """select points.point, min(start), max(stop) from hours join points on points.id = hours.point
                 where org = ? group by points.point"""
        with self._parsing("hours"):
            return {point: as_times(start, end) for point, start, end in self._all(sql, [org])}

    def count_by_status(self) -> dict[int, int]:
        """The number of slots of each status code, over all points, in the versions in force."""
        sql = "select status, count(*) from readings where until is null group by status order by status"
        return {int(status): int(count) for status, count in self._all(sql, [])}

    def replaced(self, org: str, point: str, start: UtcMillis, end: UtcMillis) -> ReadingRows:
        """The versions that a later one replaced, of the slots of one point that end in (start, end], by slot.

        Raises:
            NotFound: the view has no reading of the point.
        """
        sql = """select point, start, stop, value, status, position from readings
                 where point = $point and stop > $start and stop <= $stop and until is not null
                 order by start, position"""
        return self._rows(sql, {"point": self._number(org, point), "start": start, "stop": end})

    def versions(self, org: str, point: str, start: UtcMillis) -> list[int]:
        """The positions of the frames that state the slot starting at `start`, oldest first."""
        sql = "select position from readings where point = ? and start = ? order by position"
        found = [int(p) for (p,) in self._all(sql, [self._number(org, point), start])]
        if found and not 0 <= found[0] <= found[-1] < self.size(org):
            raise ViewDamaged(self._path, "a row of readings has a position that no frame in the file has")
        return found

    def settings_of(self, org: str, source: bytes) -> set[bytes]:
        """The settings digests under which the org imported the file with digest `source`, one of each group."""
        sql = "select distinct settings from frames where org = ? and source = ?"
        with self._parsing("frames"):
            return {Digest(s or b"") for (s,) in self._all(sql, [org, source])}

    def stated_by(self, org: str, point: str, source: bytes) -> ReadingRows:
        """The versions that the file with digest `source` states of a point's slots, replaced ones too, by slot.

        Raises:
            NotFound: the view has no reading of the point.
        """
        sql = """select distinct point, start, stop, value, status, readings.position as position from readings
                 join frames on frames.position = readings.position
                 where point = $point and org = $org and source = $source order by start, position"""
        return self._rows(sql, {"point": self._number(org, point), "org": org, "source": source})

    def positions_of_files(self, org: str) -> Ints:
        """The positions of the frames whose values come from files."""
        found = self._all("select distinct position from frames where org = ? and source is not null", [org])
        return np.array([position for (position,) in found], np.int64)

    def count_raw_sums(self, length: int) -> int:
        """Sum all readings by spans of `length` ms in DuckDB alone: the baseline of `veriwatt bench`."""
        sql = "select count(*) from (select point, start // ? as span, sum(value) from readings group by all)"
        return int(self._all(sql, [length])[0][0])

    def _number(self, org: str, point: str) -> int:
        found = self._all("select id from points where org = ? and point = ?", [org, point])
        if not found:
            raise NotFound(f"point {point!r} of org {org!r} has no readings here")
        return int(found[0][0])

    def _numbers(self, org: str) -> dict[str, int]:
        """The number of each point of the org."""
        rows = self._all("select id, point from points where org = ?", [org])
        found = {str(point): int(number) for number, point in rows}
        if min(found.values(), default=0) < 0:
            raise ViewDamaged(self._path, "a row of points has a negative number")
        return found

    @contextmanager
    def _parsing(self, table: str) -> Iterator[None]:
        """Raise ViewDamaged for a row of `table` that is never written."""
        try:
            yield
        except Malformed as error:
            raise ViewDamaged(self._path, f"a row of {table}: {error}") from error

    def _rows(self, sql: str, values: dict[str, Any]) -> ReadingRows:
        with duckdb_errors(self._path):
            found = self._db.execute(sql, values).fetchnumpy()
        names = ("point", "start", "stop", "value", "status", "position")
        with self._parsing("readings"):
            return check_rows(ReadingRows(*(np.asarray(found[name]) for name in names)))

    def _all(self, sql: str, values: list[Any] | dict[str, Any]) -> list[Any]:
        with duckdb_errors(self._path):
            return self._db.execute(sql, values).fetchall()


def _select(
    points: Sequence[int], org: str, start: UtcMillis, end: UtcMillis, as_of: UtcMillis | None
) -> tuple[str, dict[str, Any]]:
    """The SQL and parameters that read slots of points."""
    values: dict[str, Any] = {"points": list(points), "start": start, "stop": end}
    where = "until is null"
    if as_of is not None:
        not_yet = "org = $org and (anchored_at is null or anchored_at > $as_of)"
        later = f"until in (select position from frames where {not_yet})"  # noqa: S608 - our own text
        where = f"{_ANCHORED} and (until is null or {later})"
        values |= {"org": org, "as_of": as_of}
    # `in $points` would search the list for each row.
    asked = "point in (select unnest($points)) and stop > $start and stop <= $stop"
    columns = "point, start, stop, value, status, position"
    return f"select {columns} from readings where {asked} and {where} order by point, start", values  # noqa: S608
