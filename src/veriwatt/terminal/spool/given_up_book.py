"""The frames of a spool that its org gave up: void numbers, and acknowledged frames that the log host lost.

The frame of a void number is put aside for good. One that was given up with a log epoch is sent again as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.model.frames.header import parse_header
from veriwatt.model.frames.number import FrameNumber
from veriwatt.terminal.spool.spool_file import SpoolFile
from veriwatt.terminal.spool.spooled_frame import FrameState
from veriwatt.units import Interval


@dataclass(frozen=True, slots=True)
class VoidFrame:
    """A frame whose number is void, and the time that its values are of."""

    number: FrameNumber
    window: Interval


@dataclass(frozen=True, slots=True)
class GivenUpWithEpoch:
    """Frames here that had a receipt of a log epoch, and no position when it ended.

    `waiting` of them have no receipt of a later epoch yet.
    """

    log_epoch: int
    frames: int
    first: FrameNumber
    last: FrameNumber
    waiting: int


class GivenUpBook:
    """Reads what was given up; raises, from every method, as `Spool`."""

    def __init__(self, file: SpoolFile) -> None:
        self._file = file

    def void_frames(self) -> list[VoidFrame]:
        """The frames of void numbers, in order; they are never deleted, and each was given up by a person."""
        rows = self._file.read("SELECT epoch, seq, header FROM voided ORDER BY epoch, seq")
        return [VoidFrame(FrameNumber(epoch, seq), parse_header(header).window) for epoch, seq, header in rows]

    def with_epochs(self) -> list[GivenUpWithEpoch]:
        """What was given up with each log epoch that ended, oldest first, of the frames that the spool still has."""
        rows = self._file.read(_WITH_EPOCHS, (FrameState.ACCEPTED,))
        return [
            GivenUpWithEpoch(log_epoch, frames, self._end(log_epoch, "ASC"), self._end(log_epoch, "DESC"), waiting)
            for log_epoch, frames, waiting in rows
        ]

    def _end(self, log_epoch: int, order: str) -> FrameNumber:
        sql = f"SELECT epoch, seq {_GIVEN_UP} AND log_epoch = ? ORDER BY epoch {order}, seq {order} LIMIT 1"
        ((epoch, seq),) = self._file.read(sql, (log_epoch,))
        return FrameNumber(epoch, seq)


_GIVEN_UP = "FROM given_up JOIN frames USING (epoch, seq) WHERE kept_position IS NULL"
_WITH_EPOCHS = f"SELECT log_epoch, count(*), sum(state < ?) {_GIVEN_UP} GROUP BY log_epoch ORDER BY log_epoch"
