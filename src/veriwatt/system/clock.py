"""The machine's clock, and what is said of it."""

from __future__ import annotations

import asyncio
from time import time_ns

from veriwatt.model.frames.origin import ClockState
from veriwatt.units import SECOND, UtcMillis

CLOCK_STATE = ClockState("system", 0, 1_000)
"""What a frame's header says of the clock it was made by: an uncertainty of a second, as nothing here measures it."""

LONGEST_SLEEP = SECOND
"""The clock may be set while somebody sleeps: it is looked at again at least this often."""


class SystemClock:
    """`ports.Clock` by the system's time."""

    def now(self) -> UtcMillis:
        return time_ns() // 1_000_000

    async def sleep_until(self, t: UtcMillis) -> None:
        while (left := t - self.now()) > 0:  # noqa: ASYNC110 - no event tells that the clock was set
            await asyncio.sleep(min(left, LONGEST_SLEEP) / SECOND)
