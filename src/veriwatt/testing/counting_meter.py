"""A driver without a wire: a meter that counts the minutes of a simulated clock."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from veriwatt.terminal.drivers.base import Address, MeterSilent, Reading
from veriwatt.testing.clocks import SimClock
from veriwatt.units import MINUTE, Decimal10, UtcMillis


class CountingMeter:
    """A `Driver`: at every address the meter shows the minutes since `since`, modulo a million.

    A `dead` one is silent; it answers after `delay` seconds; the terminal's clock is set `back` milliseconds while it
    answers. `asked` are the times of its readings.
    """

    def __init__(self, clock: SimClock, since: UtcMillis = 0) -> None:
        self.dead, self.delay, self.back = False, 0.0, 0
        self.asked = list[UtcMillis]()
        self._clock, self._since = clock, since

    async def read(self, addresses: Sequence[Address]) -> Reading:
        self.asked.append(self._clock.now())
        await asyncio.sleep(self.delay)
        if self.dead:
            raise MeterSilent(meter="counting", why="dead")
        now = self._clock.now()
        count = Decimal10((now - self._since) // MINUTE % 1_000_000, 0)
        return Reading((count,) * len(addresses), now - self.back)

    async def close(self) -> None:
        return
