"""The index of anchored frames in SQLite: the object of each frame, and the newest frame of each terminal.

It is derived from the anchored objects alone: if the file is deleted, it is rebuilt. `veriwatt fsck` compares every row
with its frame.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veriwatt.errors import Corrupted, NotFound, Unavailable
from veriwatt.ids import Digest, FrameId, ObjectId
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.chain.manifest import Manifest, read_segment
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.ports.blobs import BlobStore
from veriwatt.system.disk_errors import DiskFull, disk_error_in, disk_errors, is_read_only
from veriwatt.system.sqlite import SqliteErrors, check_format, connect, make_durable

FORMAT = 2
"""`PRAGMA user_version` of the file."""

SCHEMA = f"""
create table if not exists frames(
    org text not null, position integer not null, frame_id blob not null, leaf blob not null,
    terminal text not null, epoch integer not null, seq integer not null,
    window_start integer not null, window_end integer not null,
    object blob not null, offset integer not null, length integer not null,
    primary key (org, position)) without rowid;
create index if not exists frames_by_terminal on frames(org, terminal, epoch, seq);
pragma user_version = {FORMAT};
"""

EARLIER = "create index if not exists frames_by_id on frames(frame_id);"
"""What earlier releases made besides. Nothing reads it, and ids are random, so a frame cost the more the longer the
chain was: whoever writes drops it."""

INSERT = "insert or replace into frames values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class FrameRow:
    """One anchored frame: its position in the chain, its identity, and the location of its upload."""

    org: str
    position: int
    frame: FrameRef
    leaf: Digest
    window_start: int
    window_end: int
    object: ObjectId
    offset: int
    length: int

    def values(self) -> tuple[str | int | bytes, ...]:
        return (
            self.org,
            self.position,
            self.frame.frame_id,
            self.leaf,
            self.frame.terminal,
            *self.frame.number,
            self.window_start,
            self.window_end,
            self.object,
            self.offset,
            self.length,
        )


class IndexDamaged(Corrupted):
    """The frame index is damaged; it is derived, so it is deleted and rebuilt from the objects."""

    code = "index-damaged"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"the frame index {path}: {why}; delete it: it is rebuilt from the objects")
        self.path, self.why = str(path), why


class FrameIndex:
    """The index file; one writer, and readers at any time. `add` is durable on return.

    One that is there on a read-only file system is read; whatever changes it raises DiskReadOnly.
    """

    def __init__(self, path: Path, connection: type[sqlite3.Connection] = sqlite3.Connection) -> None:
        self._path, self._errors = path, index_errors(path)
        fixed = path.exists() and is_read_only(path)
        with self._errors.translated():
            self._db = connect(path, "ro" if fixed else "rwc", connection)
            try:
                made = check_index_format(self._db, path)
                if not fixed:
                    make_durable(self._db)
                    self._db.executescript("drop index if exists frames_by_id" if made else SCHEMA)
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        self._db.close()

    def damaged(self, why: str) -> IndexDamaged:
        """The error for a row of which a reader finds that it is not that of its frame."""
        return IndexDamaged(self._path, why)

    def size(self, org: str) -> int:
        """The number of indexed frames of the org's chain: all positions below it."""
        return int(self._one("select coalesce(max(position) + 1, 0) from frames where org = ?", (org,))[0])

    def add(self, rows: Iterable[FrameRow]) -> None:
        with self._errors.translated(), self._db:
            self._db.execute("begin immediate")
            self._db.executemany(INSERT, (row.values() for row in rows))

    def clear(self) -> None:
        """Empty the index, so that it is rebuilt."""
        with self._errors.translated():
            self._db.execute("delete from frames")

    def forget(self, org: str, start: int = 0) -> None:
        """Delete the frames of an org from position `start` on, so that they are added again."""
        with self._errors.translated():
            self._db.execute("delete from frames where org = ? and position >= ?", (org, start))

    def row(self, org: str, position: int) -> FrameRow:
        """The frame at a position; raises NotFound beyond the end."""
        return _row(self._one("select * from frames where org = ? and position = ?", (org, position)))

    def by_number(self, org: str, terminal: str, number: FrameNumber) -> FrameRow:
        """The frame with that number; raises NotFound if there is none."""
        table = "frames indexed by frames_by_terminal"  # by the primary key, SQLite would read all frames of the org
        sql = f"select * from {table} where org = ? and terminal = ? and epoch = ? and seq = ?"  # noqa: S608
        return _row(self._one(sql, (org, terminal, *number)))

    def newest(self, org: str) -> Iterator[FrameRow]:
        """The frame with the highest number of each terminal; the cost does not depend on the number of frames."""
        following = "select terminal from frames where org = ? and terminal > ? order by terminal limit 1"
        highest = "select * from frames where org = ? and terminal = ? order by epoch desc, seq desc limit 1"
        terminal = ""
        while names := list(self._all(following, (org, terminal))):
            terminal = str(names[0][0])
            yield _row(self._one(highest, (org, terminal)))

    def rows(self, org: str, start: int = 0) -> Iterator[FrameRow]:
        """The frames from position `start` on, in order."""
        sql = "select * from frames where org = ? and position >= ? order by position"
        return map(_row, self._all(sql, (org, start)))

    def places(self, org: str, start: int) -> Iterator[tuple[int, ObjectId, int, int]]:
        """Position, object, offset and length of the frames from position `start` on, in order."""
        sql = "select position, object, offset, length from frames where org = ? and position >= ? order by position"
        return ((at, ObjectId(name), offset, length) for at, name, offset, length in self._all(sql, (org, start)))

    def orgs(self) -> list[str]:
        return [str(org) for (org,) in self._all("select distinct org from frames order by org", ())]

    def leaves(self, org: str, start: int, end: int) -> list[Digest]:
        """The leaf hashes of positions [start, end)."""
        sql = "select leaf from frames where org = ? and position >= ? and position < ? order by position"
        return [Digest(leaf) for (leaf,) in self._all(sql, (org, start, end))]

    def _one(self, sql: str, values: tuple[str | int, ...]) -> tuple[Any, ...]:
        for row in self._all(sql, values):
            return row
        raise NotFound("no such frame in the index")

    def _all(self, sql: str, values: tuple[str | int, ...]) -> Iterator[tuple[Any, ...]]:
        with self._errors.translated():
            yield from self._db.execute(sql, values)


def check_index_format(db: sqlite3.Connection, path: Path) -> bool:
    """Whether the index states `FORMAT`; raises WrongFormat if it states another format."""
    return check_format(db, f"the frame index {path}", FORMAT, "delete it: it is rebuilt from the objects")


def index_errors(path: Path) -> SqliteErrors:
    """The translation of SQLite's errors for the index at `path`."""

    def unavailable(text: str) -> Unavailable:
        return disk_error_in(text, path) or Unavailable(f"the frame index {path} cannot be used now: {text}")

    return SqliteErrors(busy=unavailable, full=lambda _: DiskFull(path), damaged=lambda text: IndexDamaged(path, text))


def delete_index(path: Path) -> None:
    """Delete an index that no process has open, so that it is rebuilt."""
    for end in ("", "-wal", "-shm"):
        each = path.with_name(path.name + end)
        with disk_errors(each):
            each.unlink(missing_ok=True)


def rows_of(blobs: BlobStore, leaf: AnchorLeaf) -> Iterator[FrameRow]:
    """The index rows of one anchor, derived from its manifest and segments alone.

    Raises:
        Corrupted: the manifest belongs to another anchor, or the number of frames in a segment is wrong.
    """
    manifest = Manifest.from_bytes(blobs.get(leaf.manifest))
    if (manifest.org, manifest.old_size, manifest.new_size) != (leaf.org, leaf.old_size, leaf.new_size):
        raise Corrupted(f"manifest {leaf.manifest} is not that of the anchor of {leaf.org} to {leaf.new_size}")
    for segment in manifest.segments:
        data = blobs.get(segment.name)
        if sum(1 for _ in read_segment(data)) != segment.count:
            raise Corrupted(f"segment {segment.name} does not hold the {segment.count} frames of its manifest")
        for i, (offset, length) in enumerate(read_segment(data)):
            yield row_of(parse_frame(data[offset : offset + length]), segment.first + i, segment.name, offset, length)


def row_of(frame: Frame, position: int, name: ObjectId, offset: int, length: int) -> FrameRow:
    """The index row of a frame at `position`, whose upload is `length` bytes of object `name` from `offset` on."""
    place = frame.place
    return FrameRow(frame.org, position, frame.ref, frame.leaf, place.start, place.end, name, offset, length)


def _row(values: tuple[Any, ...]) -> FrameRow:
    org, position, frame_id, leaf, terminal, epoch, seq, start, end, name, offset, length = values
    ref = FrameRef(terminal, FrameNumber(epoch, seq), FrameId(frame_id))
    return FrameRow(org, position, ref, Digest(leaf), start, end, ObjectId(name), offset, length)
