"""Why the log host refuses a frame that is well-formed and signed."""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.ids import FrameId
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.units import UtcMillis
from veriwatt.utc_text import utc_text


class NotCertified(Refused):
    """Collected at a time for which nobody vouches for the terminal."""

    code = "not-certified"

    def __init__(self, terminal: str, collected_at: UtcMillis) -> None:
        super().__init__(f"terminal {terminal} was not certified at {utc_text(collected_at)}, when it collected")
        self.terminal, self.collected_at = terminal, collected_at


class KeyCompromised(Refused):
    """A late frame of a key that was reported compromised: kept in quarantine, never in the chain."""

    code = "key-compromised"

    def __init__(self, terminal: str) -> None:
        super().__init__(f"the key of terminal {terminal} was reported compromised; the frame is quarantined")
        self.terminal = terminal


class FrameOutOfSequence(Refused):
    """A number that is not the next one, or a frame that does not continue the one before."""

    code = "frame-out-of-sequence"

    def __init__(self, frame: FrameRef, want: FrameNumber) -> None:
        super().__init__(
            f"terminal {frame.terminal}: frame {frame.number} does not continue its chain; "
            f"the next is {want} after the last frame's id"
        )
        self.terminal, self.want = frame.terminal, want


class Equivocation(Refused):
    """A second frame for a number that the chain already holds: proof against the terminal, quarantined."""

    code = "equivocation"

    def __init__(self, frame: FrameRef, first: FrameId) -> None:
        super().__init__(
            f"terminal {frame.terminal} signed two different frames as {frame.number}; the first is {first}"
        )
        self.terminal, self.first = frame.terminal, first


class ClockAhead(Refused):
    """A window or collection time in the future."""

    code = "clock-ahead"

    def __init__(self, header: FrameHeader, now: UtcMillis) -> None:
        times = f"window end {utc_text(header.window.end)} or collection time {utc_text(header.collected_at)}"
        super().__init__(f"terminal {header.terminal}: {times} lies after now, {utc_text(now)}")
        self.now = now


class WrongLedger(Refused):
    """A frame of another chain, another org, or with a root-log leaf this ledger never had."""

    code = "wrong-ledger"

    def __init__(self, why: str) -> None:
        super().__init__(f"the frame belongs elsewhere: {why}")
