"""The clock of a node beside the times of its ledger's blocks."""

from __future__ import annotations

from veriwatt.errors import Unavailable
from veriwatt.units import SECOND, UtcMillis
from veriwatt.utc_text import utc_text

CLOCK_STEP = SECOND
"""Milliseconds by which the clock may be behind the newest block."""


class ClockSetBack(Unavailable):
    """The clock of this machine is behind the newest block; frames of later times are not anchored meanwhile."""

    code = "clock-set-back"

    def __init__(self, now: UtcMillis, newest: UtcMillis) -> None:
        super().__init__(
            f"the clock was set back: it shows {utc_text(now)}, and the newest block has {utc_text(newest)}; frames of "
            "later times are accepted, and anchored once the clock has passed them: synchronise the clock by NTP"
        )
        self.now, self.newest = now, newest


def check_clock(now: UtcMillis, newest: UtcMillis) -> None:
    """Raise ClockSetBack if the clock, which shows `now`, is behind the newest block: no block is made in the past."""
    if newest > now + CLOCK_STEP:
        raise ClockSetBack(now, newest)
