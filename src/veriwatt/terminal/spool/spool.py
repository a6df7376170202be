"""The terminal's durable queue: samples until they are framed, frames until they are final and old.

One SQLite file. The effect of a method is on the disk when it returns (WAL, synchronous FULL). A method that raises,
or whose process is killed, leaves all of its effect or none. After a failure with unknown outcome every call may be
repeated: it changes nothing the second time, and `prepare_frames` raises SpoolMoved if the first call succeeded.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from veriwatt.ids import FrameId
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.terminals.revocation_rules import SPOOL_AGE
from veriwatt.terminal.sampling.samples import MOST_BEFORE, NewestSlot, Sample, SampleColumns
from veriwatt.terminal.spool.frame_rows import ACCEPT, ADD_FRAME, FRAME_COLUMNS, PUT_ASIDE, SIGN, frame_of, frame_row
from veriwatt.terminal.spool.sample_rows import (
    ADD_SAMPLE,
    ADVANCE_POINT,
    DROP_OLD_REGISTERS,
    PUT_ASIDE_SAMPLE,
    RESTATE,
    TAKE_BACK,
    UNFRAMED,
    columns_of,
    consume,
    point_row,
    row_of,
)
from veriwatt.terminal.spool.spool_errors import SpoolMoved
from veriwatt.terminal.spool.spool_file import SpoolFile
from veriwatt.terminal.spool.spooled_frame import FrameState, PreparedFrame, SpooledFrame, SpoolTip
from veriwatt.units import UtcMillis

RETENTION = SPOOL_AGE
"""How long a final frame is stored, counted from the end of its window."""


class Spool:
    """The spool in one file, which is made if it is missing.

    One thread at a time; a second process may read. Every write raises SpoolFull when the disk is full (nothing is
    changed; repeat it once there is room), Unavailable when the file is locked or its disk fails, and SpoolDamaged
    when the file is damaged. `file` is the database below.
    """

    def __init__(
        self,
        path: Path,
        *,
        retention: UtcMillis = RETENTION,
        connection: type[sqlite3.Connection] = sqlite3.Connection,
        reading: bool = False,
    ) -> None:
        """Open the spool at `path`; final frames are stored for `retention` milliseconds from their window's end.

        With `reading` one on a read-only file system is opened too, to be read.
        """
        self.file, self._retention = SpoolFile(path, connection, reading=reading), retention

    def close(self) -> None:
        """Close the file; may be repeated."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Samples

    def add_samples(self, samples: Sequence[Sample]) -> int:
        """Store samples; return how many changed a slot.

        The first sample of a slot stays, and a framed slot is closed, so a repeated call stores nothing twice. Only a
        value replaces a gap, while the slot is unframed. A sample that takes back an amount replaces it, or where its
        slot was framed waits to be framed again.
        """
        rows = [row_of(sample) for sample in samples if not sample.takes_back]
        taken_back = [row_of(sample) for sample in samples if sample.takes_back]
        ends = [point_row(sample) for sample in samples]
        with self.file.writing() as db:
            before = db.total_changes
            db.executemany(ADD_SAMPLE, rows)
            db.executemany(TAKE_BACK, taken_back)
            added = db.total_changes - before
            db.executemany(ADVANCE_POINT, ends)
            read = [(sample.point, sample.end, sample.register) for sample in samples if sample.register is not None]
            db.executemany("INSERT OR IGNORE INTO registers VALUES (?, ?, ?)", read)
            db.executemany(DROP_OLD_REGISTERS, [(point, MOST_BEFORE) for point in {point for point, _, _ in read}])
        return added

    def newest_slots(self) -> Mapping[str, NewestSlot]:
        """The newest slot of each point that was ever sampled, framed or not."""
        rows = self.file.read("SELECT point, newest_end, register, register_at FROM points")
        before: dict[str, list[tuple[UtcMillis, int]]] = {}
        for point, at, register in self.file.read("SELECT point, at, register FROM registers ORDER BY point, at"):
            before.setdefault(point, []).append((at, register))
        return {
            point: NewestSlot(end, register, at, tuple(each for each in before.get(point, ()) if each[0] < (at or 0)))
            for point, end, register, at in rows
        }

    def forget_registers(self, points: Sequence[str]) -> None:
        """Delete the register readings of these points; their slots stay."""
        with self.file.writing() as db:
            db.executemany("DELETE FROM registers WHERE point = ?", [(point,) for point in points])
            db.executemany("UPDATE points SET register = NULL WHERE point = ?", [(point,) for point in points])

    def unframed(self, points: Sequence[str], until: UtcMillis) -> dict[str, SampleColumns]:
        """The unframed slots that end at or before `until`, for each of `points` that has any."""
        columns = ((point, self.file.read(UNFRAMED, (point, until))) for point in points)
        return {point: columns_of(point, rows) for point, rows in columns if rows}

    # Frames

    def tip(self) -> SpoolTip:
        """The newest frame that was prepared here, also after it was purged: the next frame must follow it."""
        ((epoch, seq, frame_id),) = self.file.read("SELECT epoch, seq, frame_id FROM tip")
        return SpoolTip(FrameNumber(epoch, seq), None if frame_id is None else FrameId(frame_id))

    def prepare_frames(self, frames: Sequence[PreparedFrame], consumed: Sequence[SampleColumns]) -> None:
        """Store unsigned frames, and delete the samples that they contain, in one transaction.

        The exact header bytes are durable on return, and may then be signed: after a crash `unsigned` returns the
        same bytes. Frame numbers continue from `tip`. `consumed` are columns that `unframed` returned, or parts of
        them; it is empty for frames of another origin.

        Raises:
            SpoolMoved: a number is not the next one, or a consumed sample was framed or replaced since it was read.
                Nothing was changed.
        """
        if not frames:
            raise RuntimeError("there is no frame to consume samples")
        with self.file.writing() as db:
            self._check_follows(frames)
            db.executemany(ADD_FRAME, [frame_row(frame) for frame in frames])
            last = frames[-1]
            db.execute("UPDATE tip SET epoch = ?, seq = ?, frame_id = ?", (*last.number, bytes(last.frame_id)))
            for columns in consumed:
                consume(db, columns)

    def unsigned(self, limit: int = 1_000) -> tuple[SpooledFrame, ...]:
        """The oldest frames that are prepared and not signed, in order."""
        return self._frames("state = ? ORDER BY epoch, seq LIMIT ?", FrameState.PREPARED, limit)

    def set_signatures(self, signatures: Sequence[tuple[FrameNumber, bytes]]) -> None:
        """Store each frame's signature; the first signature of a frame is never replaced."""
        rows = [(signature, *number) for number, signature in signatures]
        with self.file.writing() as db:
            db.executemany(SIGN, rows)

    def pending(self, limit: int = 1_000) -> tuple[SpooledFrame, ...]:
        """The oldest frames that are signed and not yet accepted, in order."""
        return self._frames("state = ? ORDER BY epoch, seq LIMIT ?", FrameState.SIGNED, limit)

    def oldest_accepted(self) -> SpooledFrame | None:
        """The oldest frame that is accepted and not final; None when there is none."""
        found = self._frames("state = ? ORDER BY epoch, seq LIMIT 1", FrameState.ACCEPTED)
        return found[0] if found else None

    def first_unfinal_end(self) -> UtcMillis | None:
        """The earliest end of the window of a frame that is not final; None when every frame is."""
        ((end,),) = self.file.read("SELECT min(window_end) FROM frames WHERE state != ?", (FrameState.FINAL,))
        return None if end is None else int(end)

    def placed(self, position: int, limit: int = 1_000) -> tuple[SpooledFrame, ...]:
        """The first frames that the log host accepted at `position` or after it, in the order of positions."""
        return self._frames("position >= ? ORDER BY position LIMIT ?", position, limit)

    def mark_accepted(self, accepted: Sequence[tuple[FrameNumber, int]]) -> None:
        """Store each frame's position in the data chain, which the log host's receipt proves."""
        rows = [(position, *number) for number, position in accepted]
        with self.file.writing() as db:
            db.executemany(ACCEPT, rows)

    def mark_final(self, size: int) -> None:
        """Mark every accepted frame at a position below `size`, the anchored size of the data chain, as final."""
        with self.file.writing() as db:
            db.execute(
                "UPDATE frames SET state = ? WHERE state = ? AND position < ?",
                (FrameState.FINAL, FrameState.ACCEPTED, size),
            )

    def void(
        self, number: FrameNumber, samples: Sequence[Sample] = (), ahead: Sequence[Sample] = (), unopened: int = 0
    ) -> None:
        """Give up a frame whose number is void: it is put aside, and its values wait to be framed again.

        Args:
            samples: its values; empty where whoever stated them states them again.
            ahead: its values that were read while the clock was ahead; they are put aside.
            unopened: how many of its slots cannot be opened; they stay in the frame that is put aside.
        """
        with self.file.writing() as db:
            db.execute(PUT_ASIDE, number)
            if db.execute("DELETE FROM frames WHERE epoch = ? AND seq = ?", number).rowcount:
                db.executemany(RESTATE, [row_of(sample) for sample in samples])
                db.executemany(PUT_ASIDE_SAMPLE, [row_of(sample) for sample in ahead])
                if unopened:
                    db.execute("INSERT INTO unopened VALUES (?, ?, ?)", (*number, unopened))

    def frame(self, number: FrameNumber) -> SpooledFrame | None:
        """The frame with this number; None when it was never prepared here, or is purged."""
        found = self._frames("epoch = ? AND seq = ?", *number)
        return found[0] if found else None

    def purge(self, now: UtcMillis) -> int:
        """Delete final frames whose window ended more than the retention before `now`; return how many."""
        with self.file.writing() as db:
            oldest = now - self._retention
            gone = db.execute("DELETE FROM frames WHERE state = ? AND window_end < ?", (FrameState.FINAL, oldest))
            for table in ("receipts", "given_up", "restated"):
                db.execute(f"DELETE FROM {table} WHERE (epoch, seq) NOT IN (SELECT epoch, seq FROM frames)")  # noqa: S608
            return gone.rowcount

    def counts(self) -> Mapping[FrameState, int]:
        """The number of frames in each state; states without a frame are left out."""
        rows = self.file.read("SELECT state, count(*) FROM frames GROUP BY state")
        return {FrameState(state): count for state, count in rows}

    def _check_follows(self, frames: Sequence[PreparedFrame]) -> None:
        newest = self.tip().number
        for frame in frames:
            if frame.number != newest.next():
                raise SpoolMoved(f"frame {frame.number} does not follow {newest}")
            newest = frame.number

    def _frames(self, where: str, *values: int) -> tuple[SpooledFrame, ...]:
        rows = self.file.read(f"SELECT {FRAME_COLUMNS} FROM frames WHERE {where}", values)  # noqa: S608
        return tuple(frame_of(*row) for row in rows)
