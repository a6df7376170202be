"""Whether the terminal's clock can be right: it goes no faster than time passes."""

from __future__ import annotations

from collections.abc import Callable

from veriwatt.ports.clock import Clock
from veriwatt.system.clock import since_boot
from veriwatt.units import DAY, UtcMillis

LONGEST_JUMP = DAY
"""A clock that is set forward by more than this many ms is not believed before a proven block agrees with it."""


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
