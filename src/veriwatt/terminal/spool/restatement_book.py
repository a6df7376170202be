"""Which slots of a terminal's frames were stated again because their definition had been replaced.

The record lies in the spool's file. It is deleted with its frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from veriwatt.ids import FrameId
from veriwatt.model.frames.header import parse_header
from veriwatt.model.frames.number import FrameNumber
from veriwatt.terminal.sampling.samples import Sample
from veriwatt.terminal.spool.sample_rows import RESTATE, row_of
from veriwatt.terminal.spool.spool_file import SpoolFile
from veriwatt.units import Interval, UtcMillis


@dataclass(frozen=True, slots=True)
class RestatedFrame:
    """A frame that stated replaced slots of a point in its window."""

    frame_id: FrameId
    window: Interval


class RestatementBook:
    """The points of frames whose replaced slots wait to be framed again, or were.

    Raises, from every method: as `Spool`.
    """

    def __init__(self, file: SpoolFile) -> None:
        self._file = file

    def numbers_after(self, t: UtcMillis) -> Iterator[FrameNumber]:
        """The numbers of the frames whose window ends after `t`, in order."""
        rows = self._file.read("SELECT epoch, seq FROM frames WHERE window_end > ? ORDER BY epoch, seq", (t,))
        return (FrameNumber(epoch, seq) for epoch, seq in rows)

    def is_restated(self, number: FrameNumber, point: str) -> bool:
        """Whether the replaced slots of a point in this frame were added by `add`."""
        sql = "SELECT 1 FROM restated WHERE epoch = ? AND seq = ? AND point = ?"
        return bool(self._file.read(sql, (*number, point)))

    def frames_of(self, points: Iterable[str], after: UtcMillis) -> dict[str, list[RestatedFrame]]:
        """By point the frames that stated its replaced slots, in order, as far as their windows end after `after`."""
        sql = """
            SELECT point, frame_id, header FROM restated JOIN frames USING (epoch, seq)
            WHERE window_end > ? ORDER BY epoch, seq"""
        found: dict[str, list[RestatedFrame]] = {point: [] for point in points}
        for point, frame_id, header in self._file.read(sql, (after,)):
            if point in found:
                found[point].append(RestatedFrame(FrameId(frame_id), parse_header(header).window))
        return found

    def add(self, samples: Sequence[Sample], done: Sequence[tuple[FrameNumber, str]]) -> None:
        """Let these samples wait to be framed, and record whose slots they are; both or neither, durable on return.

        A slot that waits already stays as it is.
        """
        with self._file.writing() as db:
            db.executemany(RESTATE, [row_of(sample) for sample in samples])
            db.executemany(
                "INSERT OR IGNORE INTO restated VALUES (?, ?, ?)", [(*number, point) for number, point in done]
            )
