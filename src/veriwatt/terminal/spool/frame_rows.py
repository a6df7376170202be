"""Frames as rows of a spool: the SQL that writes and reads them, and the conversion of rows."""

from __future__ import annotations

from veriwatt.ids import FrameId
from veriwatt.model.frames.number import FrameNumber
from veriwatt.terminal.spool.spooled_frame import FrameState, PreparedFrame, SpooledFrame

ADD_FRAME = """
INSERT INTO frames (epoch, seq, frame_id, window_end, header, payloads, state) VALUES (?, ?, ?, ?, ?, ?, 0)
"""
PUT_ASIDE = """
INSERT OR IGNORE INTO voided SELECT epoch, seq, header, signature, payloads FROM frames WHERE epoch = ? AND seq = ?
"""
SIGN = "UPDATE frames SET signature = ?, state = 1 WHERE epoch = ? AND seq = ? AND state = 0"
ACCEPT = "UPDATE frames SET position = ?, state = 2 WHERE epoch = ? AND seq = ? AND state = 1"
FRAME_COLUMNS = "epoch, seq, frame_id, window_end, header, signature, payloads, position, state"


def frame_row(frame: PreparedFrame) -> tuple[object, ...]:
    return *frame.number, bytes(frame.frame_id), frame.window_end, frame.header, frame.payloads


def frame_of(
    epoch: int,
    seq: int,
    frame_id: bytes,
    end: int,
    header: bytes,
    signature: bytes | None,
    payloads: bytes,
    position: int | None,
    state: int,
) -> SpooledFrame:
    number = FrameNumber(epoch, seq)
    return SpooledFrame(number, FrameId(frame_id), end, header, signature, payloads, position, FrameState(state))
