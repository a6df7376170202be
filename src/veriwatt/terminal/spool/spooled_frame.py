"""A frame on the terminal: prepared, signed, accepted by the log host, final on the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from veriwatt.ids import FrameId
from veriwatt.model.frames.number import FrameNumber
from veriwatt.units import UtcMillis


class FrameState(IntEnum):
    """How far a frame has come; it only ever goes forward."""

    PREPARED = 0
    SIGNED = 1
    ACCEPTED = 2
    FINAL = 3


@dataclass(frozen=True, slots=True)
class PreparedFrame:
    """A frame about to be signed: `header` is exactly the bytes to sign, `frame_id` their hash."""

    number: FrameNumber
    frame_id: FrameId
    window_end: UtcMillis
    header: bytes
    payloads: bytes


@dataclass(frozen=True, slots=True)
class SpooledFrame:
    """A frame as the spool holds it; `position` is its place in the log host's data chain once accepted."""

    number: FrameNumber
    frame_id: FrameId
    window_end: UtcMillis
    header: bytes
    signature: bytes | None
    payloads: bytes
    position: int | None
    state: FrameState


@dataclass(frozen=True, slots=True)
class SpoolTip:
    """The newest frame ever prepared here; its number has `seq` 0, and it no id, when there is none yet."""

    number: FrameNumber
    frame_id: FrameId | None
