"""The machine's clock, and the clock state that frame headers state."""

from __future__ import annotations

import asyncio
import time

from veriwatt.model.frames.origin import ClockState
from veriwatt.units import SECOND, UtcMillis

CLOCK_STATE = ClockState("system", 0, 1_000)
"""The clock state of frames made on this machine. Its uncertainty of 1 s is assumed; nothing here measures it."""

LONGEST_SLEEP = SECOND
"""The longest single sleep in ms: `sleep_until` reads the clock again after it, because the clock may be set."""


class SystemClock:
    """`ports.Clock` by the system's time."""

    def now(self) -> UtcMillis:
        return time.time_ns() // 1_000_000

    async def sleep_until(self, t: UtcMillis) -> None:
        while (left := t - self.now()) > 0:  # noqa: ASYNC110 - no event says that the clock was set
            await asyncio.sleep(min(left, LONGEST_SLEEP) / SECOND)


def since_boot() -> int:
    """Milliseconds since the machine was started, also while it slept; no setting of the clock changes it."""
    return int(
        1000 * time.clock_gettime(time.CLOCK_BOOTTIME if hasattr(time, "CLOCK_BOOTTIME") else time.CLOCK_MONOTONIC)
    )
