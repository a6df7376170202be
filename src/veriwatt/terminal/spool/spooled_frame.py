"""A frame in the spool: prepared, signed, accepted by the log host, final on the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from veriwatt.ids import FrameId
from veriwatt.model.frames.number import FrameNumber
from veriwatt.units import UtcMillis


class FrameState(IntEnum):
    """The state of a frame; it only moves forward."""

    PREPARED = 0
    SIGNED = 1
    ACCEPTED = 2
    FINAL = 3


@dataclass(frozen=True, slots=True)
class PreparedFrame:
    """A frame about to be signed: `header` is the payload to sign, `frame_id` the hash of the signed bytes."""

    number: FrameNumber
    frame_id: FrameId
    window_end: UtcMillis
    header: bytes
    payloads: bytes


@dataclass(frozen=True, slots=True)
class SpooledFrame:
    """A stored frame; `position` is its place in the data chain once the log host accepted it."""

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
    """The newest frame that was prepared in this spool. `seq` 0 and no id: none yet in this epoch."""

    number: FrameNumber
    frame_id: FrameId | None
