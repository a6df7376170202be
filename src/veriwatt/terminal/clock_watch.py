"""Whether the terminal's clock can be right: it goes no faster than time passes, and is not behind what was read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from veriwatt.ports.clock import Clock
from veriwatt.system.clock import since_boot
from veriwatt.terminal.remedies import CLOCK_STEP, clock_set_back, clock_slow
from veriwatt.units import DAY, UtcMillis

LONGEST_JUMP = DAY
"""A clock that is set forward by more than this many ms is not believed before a proven block agrees with it."""

CLOCK_CHECK = 5.0
"""Seconds, by no clock that can be set, between two looks at the clock."""


class ClockWatch:
    """Remembers what the clock showed when it was believed last, and how much time has passed since."""

    def __init__(self, clock: Clock, passed: Callable[[], int] = since_boot) -> None:
        """`passed` counts milliseconds, whatever the clock is set to."""
        self._clock, self._passed = clock, passed
        self._shown, self._at = clock.now(), passed()

    def jump(self, proven: UtcMillis) -> UtcMillis | None:
        """What the clock should show by now, if it is more than `LONGEST_JUMP` ahead of that and of `proven`.

        Args:
            proven: a time that has passed for certain, as that of the newest proven block.
        """
        now, passed = self._clock.now(), self._passed()
        expected = self._shown + passed - self._at
        if now > max(expected, proven) + LONGEST_JUMP:
            return expected
        self._shown, self._at = max(now, expected), passed
        return None


async def tell_clock(
    clock: Clock, read_up_to: Callable[[], UtcMillis], not_before: UtcMillis, report: Callable[[str, str], None]
) -> None:
    """Tell a clock that is behind once when that is noticed, also while the terminal waits for the next slot's end.

    Args:
        read_up_to: the end of the newest slot that was read.
        not_before: the present is later for certain.
        report: takes the code of an event, and its message.
    """
    told = ""
    while True:
        now, reached = clock.now(), read_up_to()
        slow, back = now < not_before, reached > now + CLOCK_STEP
        code = "clock-slow" if slow else "clock-set-back" if back else ""
        if code and code != told:
            behind = clock_slow(not_before, now) + ". Nothing is read before then"
            report(code, behind if slow else clock_set_back(reached, now))
        told = code
        await asyncio.sleep(CLOCK_CHECK)
