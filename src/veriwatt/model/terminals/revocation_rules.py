"""Which frames a retirement, and a report of compromise, exclude. Spec: docs/spec/passport.md, steps 3 and 4.

Both bind only what is anchored after them: nothing that was anchored before is refused later.
"""

from __future__ import annotations

from veriwatt.errors import NotProven
from veriwatt.model.frames.number import FrameRef
from veriwatt.model.terminals.passport import Passport
from veriwatt.units import DAY, HOUR, UtcMillis
from veriwatt.utc_text import utc_text

SPOOL_AGE = 184 * DAY
"""184 days: a terminal stores a frame at least so long after its window, and so long a retired one may deliver."""

ANCHOR_LAG = HOUR
"""How much later than it was accepted a frame may be anchored, in ms: receipts promise an anchor within this time."""


class AnchoredAfterRevocation(NotProven):
    """A frame of a key reported compromised, not anchored before the report."""

    code = "anchored-after-revocation"

    def __init__(self, terminal: str, height: int, revoked: int) -> None:
        super().__init__(f"terminal {terminal} was found compromised in block {revoked}; anchored only in {height}")
        self.terminal, self.height, self.revoked = terminal, height, revoked


class AfterRetirement(NotProven):
    """A frame after the last frame of a retired terminal."""

    code = "after-retirement"

    def __init__(self, frame: FrameRef) -> None:
        super().__init__(f"terminal {frame.terminal} is retired, and frame {frame.number} is not one up to its last")
        self.terminal, (self.epoch, self.seq) = frame.terminal, frame.number


class TooLateAfterRetirement(NotProven):
    """A frame that arrived more than SPOOL_AGE after its terminal retired."""

    code = "too-late-after-retirement"

    def __init__(self, terminal: str, t: UtcMillis, retired_at: UtcMillis) -> None:
        super().__init__(
            f"terminal {terminal} retired at {utc_text(retired_at)}; a frame that came at {utc_text(t)} "
            f"is more than {SPOOL_AGE // DAY} days late"
        )
        self.terminal, self.t, self.retired_at = terminal, t, retired_at


def check_anchored(passport: Passport, frame: FrameRef, height: int, time: UtcMillis) -> None:
    """Raise if a revocation excludes the frame, which was anchored in block `height` with header time `time`.

    Raises:
        NotProven: the key was reported compromised in this or an earlier block, or the terminal had retired in an
            earlier block and the frame is not one up to its last, or comes too late.
    """
    report, retirement = passport.report, passport.retirement
    if report is not None and height >= report.at_height:
        raise AnchoredAfterRevocation(passport.terminal, height, report.at_height)
    if retirement is not None and height > retirement.at_height:
        check_retirement(passport, frame, time - ANCHOR_LAG)


def check_retirement(passport: Passport, frame: FrameRef, t: UtcMillis) -> None:
    """Raise if the terminal has retired and this frame, which arrived at `t`, is after its last one or too late.

    Raises:
        NotProven: the frame is after the last one, or has its number and another id, or no spool has to store frames
            so long.
    """
    retirement = passport.retirement
    if retirement is None:
        return
    last = retirement.last
    if last is None or frame.number > last.number or (frame.number == last.number and frame != last):
        raise AfterRetirement(frame)
    if t > retirement.at_time + SPOOL_AGE:
        raise TooLateAfterRetirement(passport.terminal, t, retirement.at_time)
