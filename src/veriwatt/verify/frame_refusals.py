"""Why a frame is refused: the errors of the rules for a frame (docs/spec/frame.md, section 4)."""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.ids import FrameId
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.units import UtcMillis
from veriwatt.utc_text import utc_text


class NotCertified(Refused):
    """The terminal was not certified when it collected the frame's values."""

    code = "not-certified"

    def __init__(self, terminal: str, collected_at: UtcMillis) -> None:
        super().__init__(f"terminal {terminal} was not certified at {utc_text(collected_at)}, when it collected")
        self.terminal, self.collected_at = terminal, collected_at


class KeyCompromised(Refused):
    """A late frame of a key that was reported compromised: stored in quarantine, never in the chain."""

    code = "key-compromised"

    def __init__(self, terminal: str) -> None:
        super().__init__(f"the key of terminal {terminal} was reported compromised; the frame is quarantined")
        self.terminal = terminal


class FrameOutOfSequence(Refused):
    """The frame's number is not the next one, or its `prev` is not the id of the terminal's newest frame."""

    code = "frame-out-of-sequence"

    def __init__(self, frame: FrameRef, want: FrameNumber) -> None:
        super().__init__(
            f"terminal {frame.terminal}: frame {frame.number} does not continue its chain; "
            f"the next is {want} after the last frame's id"
        )
        self.terminal, self.want = frame.terminal, want


class VoidedNumber(Refused):
    """A frame whose number its org gave up: it is refused for ever, and its values are stated again."""

    code = "voided-number"

    def __init__(self, frame: FrameRef) -> None:
        super().__init__(f"terminal {frame.terminal}: number {frame.number} is void; its values are to be stated again")
        self.terminal = frame.terminal


class Equivocation(Refused):
    """Another frame with a number that the chain already has: proof against the terminal, so it is quarantined."""

    code = "equivocation"

    def __init__(self, frame: FrameRef, first: FrameId) -> None:
        super().__init__(
            f"terminal {frame.terminal} signed two different frames as {frame.number}; the first is {first}"
        )
        self.terminal, self.first = frame.terminal, first


class ClockAhead(Refused):
    """The frame's window or collection time is in the future."""

    code = "clock-ahead"

    def __init__(self, header: FrameHeader, now: UtcMillis) -> None:
        times = f"window end {utc_text(header.window.end)} or collection time {utc_text(header.collected_at)}"
        super().__init__(f"terminal {header.terminal}: {times} lies after now, {utc_text(now)}")
        self.now = now


class CollectedBeforeItsEnd(Refused):
    """A frame read from meters was collected before its window ended: no evidence of it could be proven."""

    code = "collected-before-its-end"

    def __init__(self, header: FrameHeader) -> None:
        super().__init__(
            f"terminal {header.terminal}: collected at {utc_text(header.collected_at)}, before the end of its window, "
            f"{utc_text(header.window.end)}"
        )
        self.terminal = header.terminal


class WrongLedger(Refused):
    """A frame names another chain or org, or a leaf that the ledger never had; or a log host has another ledger."""

    code = "wrong-ledger"

    def __init__(self, why: str, what: str = "the frame") -> None:
        super().__init__(f"{what} belongs elsewhere: {why}")
